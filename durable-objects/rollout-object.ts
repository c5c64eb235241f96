// One deployment's rollout: load → step → commit → perform. All decisions are made by `step`; this shell stores
// the state together with the commands that follow from it, performs them at least once, and wakes itself up.
import { DurableObject } from "cloudflare:workers";
import type { Deployment } from "#domain/deployment.ts";
import { isTerminal, wakeAt } from "#domain/rollout/rollout.ts";
import type { Command, Event, Phase, Rollout, Verb } from "#domain/rollout/rollout.ts";
import { laneOf } from "#domain/rollout/command.ts";
import { violations } from "#domain/rollout/invariant.ts";
import { step } from "#domain/rollout/step.ts";
import { remember } from "#domain/rollout/transition.ts";
import { refusal } from "#domain/rollout/verb.ts";
import type { FaultReport } from "#domain/fault.ts";
import { Deadlines } from "./deadline.ts";
import { perform } from "./rollout/perform.ts";

/** A command that could not be performed, or was under way when the object was lost, is tried again after this. */
const RETRY_MS = 2_000;

type Pending = { readonly id: number; readonly command: Command };
type VerbEvent = Extract<Event, { type: Verb }>;
type Outcome = { deployment: Deployment } | { fault: FaultReport };

export class RolloutObject extends DurableObject<Env> {
  #deployment: Deployment | null;
  #outbox: Pending[];
  #nextId: number;
  /** Commands of one lane run one after the other, lanes side by side. */
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #taken = new Set<number>();
  readonly #watchers = new Set<() => void>();
  readonly #deadlines = new Deadlines();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#deployment = ctx.storage.kv.get<Deployment>("deployment") ?? null;
    this.#outbox = ctx.storage.kv.get<Pending[]>("outbox") ?? [];
    this.#nextId = Math.max(0, ...this.#outbox.map(({ id }) => id)) + 1;
  }

  /** Takes the deployment on. It is acknowledged when it is stored here and listed. Doing it twice is harmless. */
  async create(deployment: Deployment): Promise<Deployment> {
    if (this.#deployment === null) {
      const { createdAt, createdBy } = deployment.rollout;
      const transition = {
        sequence: 0,
        at: createdAt,
        actor: createdBy,
        from: "none",
        to: "pending",
        reason: "created",
        evidence: [],
      };
      this.#commit(deployment, remember(transition));
    }
    await this.#drained();
    return this.#deployment ?? deployment;
  }

  read(): Deployment | null {
    return this.#deployment;
  }

  /** What a person asks for. Answers once it is decided, or says why it doesn't apply. */
  async ask(event: VerbEvent): Promise<Outcome> {
    const asked = this.#deployment;
    if (asked === null) return conflict("The deployment does not exist.");
    const refused = refusal(asked.rollout, event.type);
    if (refused !== null) return conflict(refused);
    this.#handle(event);
    await this.#until(({ phase }) => phase.name !== "claiming" && !isReclaiming(phase));
    const now = this.#deployment ?? asked;
    const { phase, message } = now.rollout;
    const unclaimed =
      (event.type === "execute" && phase.name === "pending") ||
      (event.type === "rollback" && phase.name === "completed");
    return unclaimed
      ? conflict(message ?? "The regions are held by another deployment.")
      : { deployment: now };
  }

  /** Waits for the end, for so long; answers with the state that was reached. */
  async settled(timeoutMs: number): Promise<Deployment | null> {
    await Promise.race([this.#until(isOver), scheduler.wait(timeoutMs)]);
    if (this.#deployment !== null && isOver(this.#deployment.rollout)) await this.#drained();
    return this.#deployment;
  }

  /** What is due is done, what was left is resumed. */
  override async alarm(): Promise<void> {
    if (this.#deployment === null) return;
    this.#handle({ type: "tick" });
    await this.#schedule();
  }

  /** The sweep's: as the alarm, and a claim that outlived its rollout is given back. */
  async wake(): Promise<void> {
    if (this.#deployment === null) return;
    this.#handle({ type: "sweep" });
    await this.#schedule();
  }

  #handle(event: Event): void {
    const deployment = this.#deployment;
    if (deployment === null) return;
    const next = step(deployment.rollout, event, Date.now());
    const broken = violations(deployment.rollout, next);
    if (broken.length > 0)
      throw new Error(`rollout ${deployment.rollout.id}: ${broken.join("; ")}`);
    const [rollout, commands] = next;
    this.#commit({ ...deployment, rollout }, commands);
  }

  /** State and outbox go to storage in one write; then the commands are on their way. */
  #commit(deployment: Deployment, commands: readonly Command[]): void {
    this.#deployment = deployment;
    this.#outbox = [
      ...this.#outbox,
      ...commands.map((command) => ({ id: this.#nextId++, command })),
    ];
    this.#store();
    this.#drain();
    for (const watcher of this.#watchers) watcher();
  }

  #store(): void {
    const { kv } = this.ctx.storage;
    if (this.#deployment !== null) kv.put("deployment", this.#deployment);
    kv.put("outbox", this.#outbox);
    this.ctx.waitUntil(this.#schedule());
  }

  async #schedule(): Promise<void> {
    const { storage } = this.ctx;
    const due = this.#deployment === null ? null : wakeAt(this.#deployment.rollout);
    const retry = this.#outbox.length > 0 ? Date.now() + RETRY_MS : null;
    const times = [due, retry].filter((at) => at !== null);
    if (times.length === 0) await storage.deleteAlarm();
    else await storage.setAlarm(Math.min(...times));
  }

  #drain(): void {
    for (const pending of this.#outbox) {
      if (this.#taken.has(pending.id)) continue;
      this.#taken.add(pending.id);
      const lane = laneOf(pending.command);
      const before = this.#lanes.get(lane) ?? Promise.resolve();
      const work = before.then(() => this.#work(pending));
      this.#lanes.set(lane, work);
      this.ctx.waitUntil(work);
    }
  }

  async #work(pending: Pending): Promise<void> {
    const deployment = this.#deployment;
    if (deployment === null) return;
    const result = await perform(
      { env: this.env, deadlines: this.#deadlines },
      deployment,
      pending.command,
    );
    this.#taken.delete(pending.id);
    // Left in the outbox: the alarm comes back to it.
    if (result === "again") return this.#schedule();
    this.#outbox = this.#outbox.filter(({ id }) => id !== pending.id);
    if (result === "done") this.#store();
    else this.#handle(result);
    for (const watcher of this.#watchers) watcher();
  }

  async #drained(): Promise<void> {
    while (this.#taken.size > 0) await Promise.all(this.#lanes.values());
  }

  #until(reached: (rollout: Rollout) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (this.#deployment === null || !reached(this.#deployment.rollout)) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }
}

function isReclaiming(phase: Phase): boolean {
  return phase.name === "withdrawing" && phase.step === "claiming";
}

function isOver(rollout: Rollout): boolean {
  return isTerminal(rollout) || rollout.phase.name === "paused";
}

function conflict(message: string): Outcome {
  return { fault: { code: "CONFLICT", message, details: [] } };
}
