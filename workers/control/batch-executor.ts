// Drives a batch with the hands that it is given: what it is about to do is written before it is done, and what came of
// it after. A process that dies anywhere in between is followed by another that goes on from what stands written.
import { isTerminal, progressOf } from "#domain/batch/batch.ts";
import type { Batch } from "#domain/batch/batch.ts";
import { due, step } from "#domain/batch/step.ts";
import type { BatchEvent, Due } from "#domain/batch/step.ts";
import { Fault } from "#domain/fault.ts";
import type { FaultCode } from "#domain/fault.ts";
import type { Effect } from "#domain/provisioning/effect.ts";

export type Versioned = { readonly version: number; readonly batch: Batch };

/** Where one effect belongs: the same for every attempt of it. */
export type EffectPlace = { readonly operation: string; readonly place: number };

export type BatchHost = {
  load(): Promise<Versioned>;
  /** False when another version stands by now. */
  commit(next: Versioned, event: BatchEvent): Promise<boolean>;
  /** What the effect would change, as it stands now: what undoing it will need. */
  inspect(effect: Effect, at: EffectPlace): Promise<unknown>;
  /** Does it, once however often it is called; tells what came of it. */
  perform(effect: Effect, at: EffectPlace, before: unknown): Promise<string>;
  /** Undoes it, also where it came about in part or not at all. */
  undo(effect: Effect, at: EffectPlace, before: unknown): Promise<void>;
  now(): number;
  /** Rejects when it is given up. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
};

/** Everything has ended, or nothing is due before that moment. */
export type Idle = { readonly type: "ended" } | { readonly type: "until"; readonly at: number };

type Work = Exclude<Due, { type: "wait" }>;

/** What asking again can't mend. */
const FINAL: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "VALIDATION_ERROR",
  "INVALID_PARAMETERS",
  "FORBIDDEN",
  "NOT_FOUND",
  "MODULE_NOT_FOUND",
  "MODULE_DISABLED",
  "CONFLICT",
  "PAYLOAD_TOO_LARGE",
]);

/** Runs until nothing runs: all that is due at once, and what follows from it. */
export async function drive(host: BatchHost): Promise<Idle> {
  const journal = new Journal(host);
  const running = new Map<string, Promise<void>>();
  const hands = { host, journal, stragglers: new Map<string, Promise<unknown>>() };
  let batch = await journal.apply({ type: "tick" });
  for (;;) {
    if (isTerminal(batch)) return { type: "ended" };
    const next = due(batch);
    for (const work of next) {
      if (work.type === "wait") continue;
      const key = `${work.type} ${work.operation.id} ${work.attempt}`;
      if (!running.has(key)) running.set(key, perform(hands, work));
    }
    if (running.size === 0) {
      const [only] = next;
      return { type: "until", at: only?.type === "wait" ? only.until : host.now() };
    }
    const ended = await Promise.race(
      [...running].map(async ([key, work]) => {
        await work;
        return key;
      }),
    );
    running.delete(ended);
    batch = await journal.apply({ type: "tick" });
  }
}

async function perform(hands: Hands, work: Work): Promise<void> {
  const { host, journal, stragglers } = hands;
  const { operation, attempt } = work;
  const { id } = operation;
  const giveUp = new AbortController();
  try {
    const doing = work.type === "run" ? run(hands, work) : undo(hands, work);
    const late = host.wait(operation.timeoutMs, giveUp.signal).then(() => {
      stragglers.set(id, Promise.allSettled([stragglers.get(id), doing]));
      throw new Fault("UNAVAILABLE", `It did not end within ${operation.timeoutMs / 1000} s.`);
    });
    await Promise.race([doing, late]);
  } catch (thrown) {
    if (thrown instanceof Lost) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const isRetryable = !(thrown instanceof Fault && FINAL.has(thrown.code));
    await journal.apply({ type: "failed", id, attempt, reason, isRetryable });
  } finally {
    giveUp.abort();
  }
}

async function run({ host, journal }: Hands, { operation, attempt }: Work): Promise<void> {
  const { id, effects } = operation;
  for (const [place, effect] of effects.entries()) {
    const batch = journal.batch;
    const { traces, attempt: current, phase } = progressOf(batch, id);
    if (phase !== "running" || current !== attempt) return;
    if (batch.phase !== "running" || batch.verdict !== null) {
      throw new Fault("CONFLICT", "The batch was stopped before this operation had ended.");
    }
    const trace = traces[place];
    if (trace !== undefined && trace.detail !== null) continue;
    const at = { operation: id, place };
    const before = trace === undefined ? await host.inspect(effect, at) : trace.before;
    if (trace === undefined) await journal.apply({ type: "begun", id, place, before });
    const detail = await host.perform(effect, at, before);
    await journal.apply({ type: "done", id, place, detail });
  }
  await journal.apply({ type: "completed", id });
}

/** What went on past its time must have ended before it is undone, or it would be there again afterwards. */
async function undo({ host, journal, stragglers }: Hands, { operation }: Work): Promise<void> {
  const { id, effects } = operation;
  await stragglers.get(id);
  const { traces } = progressOf(journal.batch, id);
  for (const [place, { before }] of [...traces.entries()].toReversed()) {
    const effect = effects[place];
    if (effect !== undefined) await host.undo(effect, { operation: id, place }, before);
    await journal.apply({ type: "undone", id, place });
  }
  await journal.apply({ type: "compensated", id });
}

type Hands = {
  readonly host: BatchHost;
  readonly journal: Journal;
  /** By operation: attempts that were given up and still run. */
  readonly stragglers: Map<string, Promise<unknown>>;
};

/** Events one after the other, each written before the next: the batch as it stands is what was written last. */
class Journal {
  readonly #host: BatchHost;
  #known: Versioned | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: BatchHost) {
    this.#host = host;
  }

  /** As it was last seen. */
  get batch(): Batch {
    if (this.#known === null) throw new Error("The journal was read before it was opened.");
    return this.#known.batch;
  }

  apply(event: BatchEvent): Promise<Batch> {
    const applied = this.#last.then(() => this.#write(event));
    this.#last = applied.catch(() => null);
    return applied;
  }

  /** Another writer, who cancels or who drives the same batch, may come between: then the event meets what stands now. */
  async #write(event: BatchEvent): Promise<Batch> {
    try {
      // A tick is there to see what others wrote.
      let isOld = this.#known === null || event.type === "tick";
      for (;;) {
        if (isOld || this.#known === null) this.#known = await this.#host.load();
        const { version, batch: before } = this.#known;
        const batch = step(before, event, this.#host.now());
        if (batch === before) return batch;
        const next = { version: version + 1, batch };
        if (await this.#host.commit(next, event)) {
          this.#known = next;
          return batch;
        }
        isOld = true;
      }
    } catch (cause) {
      throw new Lost("What came of it could not be written.", { cause });
    }
  }
}

/** What stands written is all that is known: whoever drives must stop, and another goes on. */
class Lost extends Error {
  override readonly name = "Lost";
}
