// One deployment's rollout: load → step → commit → perform. All decisions are made by `step`, and what is kept of them by
// the desk; this shell stores it in one write, performs the commands at least once, and wakes itself up.
import { DurableObject } from "cloudflare:workers";
import type { Deployment } from "#domain/deployment.ts";
import type { Result } from "#domain/rollout/command.ts";
import { alarmAt, finished, handled, opened } from "#domain/rollout/desk.ts";
import type { Desk } from "#domain/rollout/desk.ts";
import { Lanes } from "#domain/rollout/lanes.ts";
import type { Pending } from "#domain/rollout/lanes.ts";
import { isTerminal } from "#domain/rollout/rollout.ts";
import type { Event, Phase, Rollout, Verb } from "#domain/rollout/rollout.ts";
import { refusal } from "#domain/rollout/verb.ts";
import type { FaultReport } from "#domain/fault.ts";
import { Deadlines } from "./deadline.ts";
import { perform } from "./rollout/perform.ts";

type VerbEvent = Extract<Event, { type: Verb }>;
type Outcome = { deployment: Deployment } | { fault: FaultReport };

export class RolloutObject extends DurableObject<Env> {
  #deployment: Deployment | null;
  #outbox: readonly Pending[];
  readonly #lanes = new Lanes();
  readonly #working = new Set<Promise<void>>();
  readonly #watchers = new Set<() => void>();
  readonly #deadlines = new Deadlines();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#deployment = ctx.storage.kv.get<Deployment>("deployment") ?? null;
    this.#outbox = ctx.storage.kv.get<Pending[]>("outbox") ?? [];
  }

  /** Takes the deployment on. It is acknowledged when it is stored here and listed. Doing it twice is harmless. */
  async create(deployment: Deployment): Promise<Deployment> {
    if (this.#deployment === null) this.#commit(deployment, opened(deployment.rollout));
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
    this.#commit(deployment, handled(this.#desk(deployment), event, Date.now()));
  }

  #desk({ rollout }: Deployment): Desk {
    return { rollout, outbox: this.#outbox };
  }

  /** State and outbox go to storage in one write; then the commands are on their way. */
  #commit(deployment: Deployment, { rollout, outbox }: Desk): void {
    this.#deployment = { ...deployment, rollout };
    this.#outbox = outbox;
    const { kv } = this.ctx.storage;
    kv.put("deployment", this.#deployment);
    kv.put("outbox", outbox);
    this.ctx.waitUntil(this.#schedule());
    for (const pending of this.#lanes.take(outbox)) this.#begin(pending);
    for (const watcher of this.#watchers) watcher();
  }

  async #schedule(): Promise<void> {
    const { storage } = this.ctx;
    const at = this.#deployment === null ? null : alarmAt(this.#desk(this.#deployment), Date.now());
    if (at === null) await storage.deleteAlarm();
    else await storage.setAlarm(at);
  }

  #begin(pending: Pending): void {
    const work = this.#work(pending).finally(() => this.#working.delete(work));
    this.#working.add(work);
    this.ctx.waitUntil(work);
  }

  async #work(pending: Pending): Promise<void> {
    const asked = this.#deployment;
    if (asked === null) return;
    const by = { env: this.env, deadlines: this.#deadlines };
    const result = await perform(by, asked, pending.command);
    const next = this.#lanes.leave(pending);
    try {
      // Others have come to something meanwhile.
      this.#settle(this.#deployment ?? asked, pending, result);
    } finally {
      if (next !== null) this.#begin(next);
    }
  }

  #settle(deployment: Deployment, pending: Pending, result: Result): void {
    const desk = this.#desk(deployment);
    const after = finished(desk, pending, { result, now: Date.now() });
    if (after === desk) this.ctx.waitUntil(this.#schedule());
    else this.#commit(deployment, after);
  }

  async #drained(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
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
