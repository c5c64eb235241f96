// Guests on a machine outside of the platform: at the other end of this object's socket an agent loads and calls them.
// A call gets an answer or a Fault: at once where no agent is attached, and when its socket goes while it runs. What must
// outlast a nap is in storage or with the sockets; calls in flight keep the object awake.
import { readReport } from "#domain/agent/report.ts";
import type { Report, Vitals } from "#domain/agent/report.ts";
import { callOrder } from "#domain/agent/order.ts";
import type { LoadOrder, Order } from "#domain/agent/order.ts";
import { CLOSE, PROTOCOL } from "#domain/agent/protocol.ts";
import type { Assignment, GuestAnswer, GuestCall } from "#domain/execution.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import type { GuestServed } from "#domain/http.ts";
import { GAS_PER_MS } from "#domain/gas.ts";
import { HEARTBEAT_PERIOD_MS } from "#domain/node.ts";
import { needsOf } from "#domain/placement/need.ts";
import type { Need } from "#domain/placement/need.ts";
import { entryOf } from "#domain/prepared.ts";
import { keyOf } from "#data/prepared.ts";
import { harnessOf } from "#guest/isolate.ts";
import { AgentSockets, attachmentOf } from "./agent-sockets.ts";
import { warn } from "./host.ts";
import type { GuestHost } from "./host.ts";

/** An agent that goes is expected back within this: only then is its node offline. */
export const RETURN_MS = 3_000;
/** A rollout waits 30 s for a load. */
const LOAD_MS_MAX = 25_000;
const GUESTS_IN_FLIGHT_MAX = 64;
/** A node is an agent's from its first attach on. */
type Known = { readonly gasPerMs: number; readonly lostAt: number | null };

type Pending = {
  readonly session: string;
  readonly resolve: (report: Extract<Report, { id: number }>) => void;
  readonly reject: (fault: Fault) => void;
};

export class AgentHost implements GuestHost {
  readonly guestsInFlightMax = GUESTS_IN_FLIGHT_MAX;
  readonly #ctx: DurableObjectState;
  readonly #sockets: AgentSockets;
  readonly #pending = new Map<number, Pending>();
  readonly #loading = new Map<string, Assignment>();
  #known: Known | null;
  #lastId = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#known = ctx.storage.kv.get<Known>("agent") ?? null;
    this.#sockets = new AgentSockets(ctx);
  }

  /** Whether this node's guests run at an agent, attached or not. */
  get isChosen(): boolean {
    return this.#known !== null;
  }

  get isAttached(): boolean {
    return this.#sockets.attached() !== null;
  }

  get gasPerMs(): number {
    return this.#known?.gasPerMs ?? GAS_PER_MS;
  }

  /** The URL tells by which token; whoever sends it has looked at that. */
  accept({ searchParams }: URL, now: number): Response {
    const admission = {
      tokenId: searchParams.get("token") ?? "",
      endsAt: Number(searchParams.get("ends")),
    };
    return this.#sockets.open(admission, now);
  }

  /** What the runner must know of: that an agent came, or how it is. */
  hear(socket: WebSocket, text: unknown): Extract<Report, { vitals: Vitals }> | null {
    const heard = readReport(text);
    const { session, isGreeted } = attachmentOf(socket);
    if (!heard.ok) return this.#refuse(socket, heard.fault);
    const { message } = heard;
    if (message.type !== "hello" && !isGreeted)
      return this.#refuse(socket, "expected a hello first");
    if (message.type === "hello" || message.type === "beat") {
      this.#remember({ gasPerMs: message.vitals.gasPerMs, lostAt: null });
      return message;
    }
    const pending = this.#pending.get(message.id);
    if (pending?.session === session) pending.resolve(message);
    return null;
  }

  /** The newest agent is the node's. What the node holds is loaded there again; what fails is told at its next call. */
  greet(socket: WebSocket, held: readonly Assignment[]): void {
    for (const other of this.#sockets.all()) {
      if (other === socket) continue;
      other.close(CLOSE.replaced, "another agent of this node has attached");
      this.lose(other, null);
    }
    this.#sockets.greeted(socket);
    const moduleIds = held.map(({ moduleId }) => moduleId);
    const heartbeatMs = HEARTBEAT_PERIOD_MS;
    send(socket, { type: "welcome", protocol: PROTOCOL, heartbeatMs, moduleIds });
    for (const assignment of held) this.#loadSoon(assignment);
  }

  async load(assignment: Assignment): Promise<void> {
    const { moduleId, convention } = assignment;
    const [need] = needsOf(assignment);
    if (need !== undefined) throw lacking(moduleId, need);
    const entry = entryOf(convention);
    const harness = harnessOf(entry).digest;
    const order = { type: "load", moduleId, entry, artifact: keyOf(assignment), harness } as const;
    this.#loading.set(moduleId, assignment);
    try {
      const asked = this.#ask((id) => JSON.stringify({ ...order, id } satisfies LoadOrder));
      const report = await within(LOAD_MS_MAX, asked, moduleId);
      if ("fault" in report && report.fault !== null) throw faultFrom(report.fault);
    } finally {
      this.#loading.delete(moduleId);
    }
  }

  unload(moduleId: string): void {
    const socket = this.#sockets.attached();
    if (socket !== null) send(socket, { type: "unload", moduleId });
  }

  renew(assignment: Assignment): void {
    this.unload(assignment.moduleId);
    this.#loadSoon(assignment);
  }

  async call({ moduleId }: Assignment, request: GuestCall): Promise<GuestAnswer> {
    const report = await this.#ask((id) => callOrder(id, moduleId, request));
    if (report.type === "answer") return report.answer;
    const { fault } = report;
    throw fault === null ? new Fault("UNAVAILABLE", "The agent gave no answer.") : faultFrom(fault);
  }

  async serve({ moduleId }: Assignment): Promise<GuestServed> {
    throw lacking(moduleId, "http");
  }

  async cancel({ moduleId }: Assignment, callId: string): Promise<void> {
    const socket = this.#sockets.attached();
    if (socket !== null) send(socket, { type: "cancel", moduleId, callId });
  }

  /** What an agent may fetch beside what the node holds. */
  loading(moduleId: string): Assignment | null {
    return this.#loading.get(moduleId) ?? null;
  }

  /** A socket is gone. The moment from which on the node is offline, if no agent comes before; null while one is there. */
  lose(socket: WebSocket, now: number | null): number | null {
    const { session } = attachmentOf(socket);
    const fault = new Fault("UNAVAILABLE", "The node's agent went away before it answered.", {
      retryAfterSeconds: 1,
    });
    for (const pending of this.#pending.values()) {
      if (pending.session === session) pending.reject(fault);
    }
    if (now === null || this.#known === null || this.#sockets.attached(socket) !== null)
      return null;
    this.#remember({ ...this.#known, lostAt: now });
    return now + RETURN_MS;
  }

  /** Ends what is silent, and whose token has ended. `offline` is a node that has been without its agent for long enough. */
  watch(now: number): "attached" | "away" | "offline" {
    for (const socket of this.#sockets.all()) {
      const isEnded = now >= attachmentOf(socket).endsAt;
      if (isEnded) this.#dismiss(socket, "the token has ended");
      else if (this.#sockets.isSilent(socket, now)) {
        socket.close(CLOSE.silent, "silent for too long");
        this.lose(socket, now);
      }
    }
    if (this.#known === null || this.isAttached) return "attached";
    if (this.#known.lostAt === null) this.#remember({ ...this.#known, lostAt: now });
    return now - (this.#known.lostAt ?? now) >= RETURN_MS ? "offline" : "away";
  }

  /** Sends away whoever came by a token, or everybody; from when on the node is offline then, as `lose` tells it. */
  dismiss(tokenId: string | null, reason: string): number | null {
    let lostAt: number | null = null;
    for (const socket of this.#sockets.all()) {
      if (tokenId === null || attachmentOf(socket).tokenId === tokenId)
        lostAt = this.#dismiss(socket, reason);
    }
    return lostAt;
  }

  /** The node is gone: one of the same name begins without an agent. */
  forget(): void {
    this.dismiss(null, "the node is out of service");
    this.#known = null;
    this.#ctx.storage.kv.delete("agent");
  }

  /** What fails is told at the next call. */
  #loadSoon(assignment: Assignment): void {
    const failed = warn(`agent could not load ${assignment.moduleId}`);
    this.#ctx.waitUntil(this.load(assignment).catch(failed));
  }

  #dismiss(socket: WebSocket, reason: string): number | null {
    socket.close(CLOSE.dismissed, reason);
    return this.lose(socket, Date.now());
  }

  /** The reason of a close has room for 123 bytes. RFC 6455, 5.5. */
  #refuse(socket: WebSocket, fault: string): null {
    socket.close(CLOSE.malformed, fault.replaceAll(/[^ -~]/g, "?").slice(0, 120));
    this.lose(socket, Date.now());
    return null;
  }

  async #ask(order: (id: number) => string): Promise<Extract<Report, { id: number }>> {
    const socket = this.#sockets.attached();
    if (socket === null) {
      const message = "No agent is attached to the node, whose guests run there: it is offline.";
      throw new Fault("NO_HEALTHY_NODE", message, { retryAfterSeconds: 5 });
    }
    const { session } = attachmentOf(socket);
    this.#lastId += 1;
    const id = this.#lastId;
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { session, resolve, reject });
        socket.send(order(id));
      });
    } finally {
      this.#pending.delete(id);
    }
  }

  #remember(known: Known): void {
    const before = this.#known;
    this.#known = known;
    if (before?.gasPerMs === known.gasPerMs && before.lostAt === known.lostAt) return;
    this.#ctx.storage.kv.put("agent", known);
  }
}

const LACKING = {
  http: "can't serve HTTP here: the node's agent runs functions and programs, and no HTTP handlers",
  network:
    "can't run here: its limits name hosts, and the guests of the node's agent have no network",
  links:
    "can't run here: its links lead to services, and the guests of the node's agent have no network",
} as const satisfies Readonly<Record<Need, string>>;

function lacking(moduleId: string, need: Need): Fault {
  const { [need]: why } = LACKING;
  return new Fault("UNAVAILABLE", `${moduleId} ${why}.`);
}

function send(socket: WebSocket, order: Order): void {
  socket.send(JSON.stringify(order));
}

async function within<Result>(
  ms: number,
  work: Promise<Result>,
  moduleId: string,
): Promise<Result> {
  // A wait that nobody needs would keep the object from its nap.
  const over = new AbortController();
  const late = scheduler.wait(ms, { signal: over.signal }).then((): never => {
    throw new Fault("UNAVAILABLE", `The agent did not load ${moduleId} within ${ms} ms.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
