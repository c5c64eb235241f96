// One node's hands: it holds assignments, runs calls in guest isolates, and counts. It is the authority on what
// may run here: a version that isn't assigned to it is refused, whatever the caller's route says.
import { DurableObject } from "cloudflare:workers";
import { brief } from "#domain/brief.ts";
import type { Brief } from "#domain/brief.ts";
import type { Counters, Measured } from "#domain/counters.ts";
import { lengthOf } from "#domain/execution.ts";
import type { Assignment, Call, CallAnswer } from "#domain/execution.ts";
import type { FaultReport } from "#domain/fault.ts";
import { briefResponse } from "#domain/http.ts";
import type { HttpRequest, ServeAnswer, ServeCall } from "#domain/http.ts";
import { HEARTBEAT_PERIOD_MS, MODULES_MAX } from "#domain/node.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import type { Inventory, Order } from "#domain/workload/order.ts";
import type { Traffic } from "#domain/traffic.ts";
import { database } from "#stores/database.ts";
import { heartbeatOf, latticeOf } from "#stores/objects.ts";
import { setAgent } from "#stores/nodes.ts";
import { announceNode } from "#stores/workloads.ts";
import { Deadlines } from "./deadline.ts";
import { AgentHost, RETURN_MS } from "./runner/agent-host.ts";
import { Assignments } from "./runner/assignments.ts";
import type { Claimed } from "./runner/assignments.ts";
import { Books } from "./runner/books.ts";
import { Calls } from "./runner/calls.ts";
import { Gauge } from "./runner/gauge.ts";
import { faultOf } from "./runner/host.ts";
import type { GuestHost } from "./runner/host.ts";
import { Holdings } from "./runner/holdings.ts";
import { Instances } from "./runner/instances.ts";
import { LoaderHost } from "./runner/loader-host.ts";
import { Lines } from "./runner/lines.ts";
import type { Log } from "./runner/lines.ts";
import { machineResources, machineUsage } from "./runner/machine.ts";
import { waysOf } from "./runner/outbound.ts";
import type { Ways } from "./runner/outbound.ts";
import { Pulse } from "./runner/pulse.ts";
import { outOfService } from "./runner/refusal.ts";
import { Service } from "./runner/service.ts";

const MEGABYTE = 1024 * 1024;

type Identity = {
  readonly nodeId: string;
  readonly startedAt: number;
  readonly maxModules?: number;
};

export class RunnerObject extends DurableObject<Env> {
  readonly #assignments: Assignments;
  readonly #instances: Instances;
  readonly #holdings: Holdings;
  readonly #lines: Lines;
  readonly #gauge: Gauge;
  readonly #loader: LoaderHost;
  readonly #agent: AgentHost;
  readonly #pulse: Pulse;
  readonly #service: Service;
  readonly #books: Books;
  readonly #calls = new Calls();
  /** Null out of service. */
  #identity: Identity | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#assignments = new Assignments(ctx.storage.sql);
    this.#lines = new Lines(env);
    this.#instances = new Instances(ctx.storage.sql, {
      say: (log, text) => this.#say(log, text),
      prepare: async (assignment) => (await this.#prepare(assignment))?.message ?? null,
      invoke: (assignment, call) => this.#service.invoke(assignment, call),
      inFlight: (moduleId) => this.#gauge.inFlight(moduleId),
      release: (moduleId) => this.#release(moduleId),
      lattice: (name) => latticeOf(env, name),
      background: (work) => ctx.waitUntil(work.catch((cause: unknown) => console.warn(cause))),
    });
    this.#holdings = new Holdings(this.#assignments, this.#instances);
    this.#gauge = new Gauge(ctx.storage.sql);
    this.#loader = new LoaderHost(env, ctx.storage.kv, (assignment) => this.#ways(assignment));
    this.#agent = new AgentHost(ctx);
    this.#books = new Books(env, {
      gauge: this.#gauge,
      lines: this.#lines,
      nodeId: () => this.#identity?.nodeId ?? null,
      background: (work) => ctx.waitUntil(work),
    });
    const [gauge, instances] = [this.#gauge, this.#instances];
    this.#pulse = new Pulse({
      env,
      storage: ctx.storage,
      gauge,
      instances,
      holdings: this.#holdings,
      loader: this.#loader,
    });
    this.#service = new Service({
      gauge,
      instances,
      lines: this.#lines,
      books: this.#books,
      calls: this.#calls,
      deadlines: new Deadlines(),
      host: () => this.#host,
      background: (work) => ctx.waitUntil(work),
    });
    this.#identity = ctx.storage.kv.get<Identity>("identity") ?? null;
  }

  /** Takes the node into service: it probes itself, beats once, and goes on beating. Doing it twice is harmless. */
  async start(nodeId: string, maxModules = MODULES_MAX): Promise<boolean> {
    const startedAt = this.#identity?.startedAt ?? Date.now();
    this.#identity = { nodeId, startedAt, maxModules };
    this.ctx.storage.kv.put("identity", this.#identity);
    const healthy = this.#agent.isChosen
      ? this.#agent.isAttached
      : await this.#pulse.beat(this.#identity);
    await this.ctx.storage.setAlarm(Date.now() + HEARTBEAT_PERIOD_MS);
    return healthy;
  }

  /** Takes the node out of service. What it counted stays: a node of the same name goes on from there. */
  async stop(): Promise<void> {
    await this.#books.flush();
    this.#withdraw(null);
    this.#identity = null;
    this.ctx.storage.kv.delete("identity");
    this.#assignments.clear();
    this.#instances.clear();
    this.#agent.forget();
    await this.ctx.storage.deleteAlarm();
  }

  /** Holds a version once its artifact was fetched, checked and started in an isolate. */
  async load(assignment: Assignment, by: Claimed): Promise<FaultReport | null> {
    const fault = await this.#prepare(assignment);
    if (fault === null) this.#assignments.put(assignment, by);
    return fault;
  }

  /** Withdraws a version: what of it still runs ends too, unless instances hold it. */
  unload(moduleId: string, by: Claimed): void {
    if (this.#assignments.remove(moduleId, by)) this.#release(moduleId);
  }

  /** Lets go of a version after a while, unless it is loaded again before; what has begun until then runs to its end. */
  async retire(moduleId: string, by: Claimed, at: number): Promise<void> {
    this.#assignments.retire(moduleId, by, at);
    await this.#wakeBy(at);
  }

  /** What a lattice wants of its instances here; the answers that there are already, in the same order. */
  order(lattice: string, orders: readonly Order[]): Promise<Outcome[]> {
    return this.#instances.order(lattice, orders);
  }

  /** Everything of a lattice that is here now. */
  inventory(lattice: string, node: string): Inventory {
    return this.#instances.inventory(lattice, { node, now: Date.now() });
  }

  async invoke(call: Call): Promise<CallAnswer> {
    const asked = this.#holdings.meant(call);
    const assignment = this.#holdings.asked(asked);
    if (assignment === null) return { type: "notAssigned" };
    return this.#service.invoke(assignment, asked);
  }

  /** As `invoke`, for whoever is in a hurry. */
  async invokeBriefly(call: Call): Promise<Brief<CallAnswer>> {
    const answer = await this.invoke(call);
    return brief(answer, answer.type === "result" ? lengthOf(answer.result) : 0);
  }

  /** An HTTP request for a version. It is in flight until the guest has written all of its response. */
  async serve(given: ServeCall, request: HttpRequest): Promise<ServeAnswer> {
    const asked = this.#holdings.meant(given);
    const assignment = this.#holdings.asked(asked);
    if (assignment === null) return { type: "notAssigned" };
    return this.#service.serve(assignment, { asked, request });
  }

  /** As `serve`, for whoever is in a hurry. */
  async serveBriefly(given: ServeCall, request: HttpRequest): Promise<Brief<ServeAnswer>> {
    return briefResponse(await this.serve(given, request));
  }

  /** What a guest's gateway let pass and refused. */
  countTraffic(moduleId: string, traffic: Traffic): void {
    this.#gauge.countTraffic(moduleId, traffic);
    this.#books.flushSoon();
  }

  /** A health function is called like any other, but is nobody's traffic: it is not counted. */
  async check(call: Call): Promise<CallAnswer> {
    const assignment = this.#holdings.of(call.moduleId);
    if (assignment === null) return { type: "notAssigned" };
    return this.#service.run(assignment, call);
  }

  /** Ends a call that nobody waits for any more. */
  async cancel(callId: string): Promise<void> {
    await this.#calls.cancel(callId);
  }

  /**
   * What was counted for these versions since the node first ran them. It is saved before it is told: a gate
   * counts from this reading on, and must not find less after the node was lost and came back.
   */
  read(moduleIds: readonly string[]): Record<string, Counters> {
    this.#gauge.save();
    return Object.fromEntries(moduleIds.map((id) => [id, this.#gauge.counters(id)]));
  }

  /** What calls of a version came to here so far, and what the node gives it. */
  measure(moduleId: string): Measured {
    const limits = this.#holdings.of(moduleId)?.limits;
    return {
      counters: this.#gauge.counters(moduleId),
      inFlight: this.#gauge.inFlight(moduleId),
      gasPerMs: this.#host.gasPerMs,
      memoryBytes: this.#gauge.memoryBytes(moduleId, Date.now()),
      memoryBytesMax: (limits?.maxMemoryMB ?? 0) * MEGABYTE,
    };
  }

  /** The next call of the version has an isolate that nobody called before, made from the artifact as it is kept. */
  renew(moduleId: string): void {
    const held = this.#holdings.of(moduleId);
    if (held !== null) this.#host.renew(held);
  }

  inFlight(): number {
    return this.#gauge.inFlight();
  }

  override async alarm(): Promise<void> {
    const identity = this.#identity;
    if (identity === null) return;
    for (const moduleId of this.#assignments.expire(Date.now()))
      if (this.#holdings.of(moduleId) === null) this.#host.unload(moduleId);
    await this.ctx.storage.setAlarm(Date.now() + HEARTBEAT_PERIOD_MS);
    if (this.#agent.isChosen) await this.#watchAgent(identity);
    else await this.#pulse.beat(identity);
    const next = this.#assignments.nextExpiry();
    if (next !== null) await this.#wakeBy(next);
  }

  /** Fetches, checks and starts a version; null when it can run here. */
  async #prepare(assignment: Assignment): Promise<FaultReport | null> {
    const identity = this.#identity;
    if (identity === null) return outOfService();
    const fault = this.#holdings.refusal(assignment.moduleId, identity);
    if (fault !== null) return fault;
    try {
      await this.#host.load(assignment);
      return null;
    } catch (thrown) {
      return faultOf(thrown);
    }
  }

  /** An agent's socket: whoever sends the request has looked at the token, and tells which one it was. */
  override fetch(request: Request): Response {
    if (this.#identity === null) return new Response(null, { status: 409 });
    return this.#agent.accept(new URL(request.url), Date.now());
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    const heard = this.#agent.hear(socket, text);
    const identity = this.#identity;
    if (heard === null || identity === null) return;
    if (heard.type === "hello") {
      const { runtime, runtimeVersion, vitals } = heard;
      this.#agent.greet(socket, this.#holdings.all());
      const told = { runtime, runtimeVersion, resources: machineResources(vitals) };
      await setAgent(database(this.env), identity.nodeId, told);
      await announceNode(this.env, identity.nodeId);
    }
    await this.#pulse.report(identity, machineUsage(heard.vitals), heard.vitals.isHealthy);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const lostAt = this.#agent.lose(socket, Date.now());
    if (lostAt !== null) await this.#wakeBy(lostAt);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  /** A token was revoked: whoever came by it has to go. */
  async dismiss(tokenId: string): Promise<void> {
    const lostAt = this.#agent.dismiss(tokenId, "the token was revoked");
    if (lostAt !== null) await this.#wakeBy(lostAt);
  }

  /** What an agent may fetch: what the node holds, and what it is being given. */
  assignment(moduleId: string): Assignment | null {
    return this.#holdings.of(moduleId) ?? this.#agent.loading(moduleId);
  }

  async #watchAgent({ nodeId }: Identity): Promise<void> {
    const now = Date.now();
    const state = this.#agent.watch(now);
    if (state === "offline") await heartbeatOf(this.env, nodeId).lose(nodeId);
    if (state === "away") await this.#wakeBy(now + RETURN_MS);
  }

  #say(log: Log, text: string): void {
    this.#lines.add(log, { level: "info", text, at: Date.now() });
    this.#books.flushSoon();
  }

  /** What nobody holds any more ends. */
  #release(moduleId: string): void {
    if (this.#holdings.of(moduleId) !== null) return;
    this.#withdraw(moduleId);
    this.#host.unload(moduleId);
  }

  #withdraw(moduleId: string | null): void {
    const nodeId = this.#identity?.nodeId ?? "its node";
    this.ctx.waitUntil(this.#calls.withdraw(moduleId, nodeId));
  }

  #ways(assignment: Assignment): Ways {
    return waysOf(this.ctx.exports, this.#identity?.nodeId ?? null, assignment);
  }

  get #host(): GuestHost {
    return this.#agent.isChosen ? this.#agent : this.#loader;
  }

  async #wakeBy(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }
}
