// What guests say and what becomes of instances, as lines for the log of the workload that they run for. Lines of a
// second go out together; who says more than fits is told so in its place.
import type { EventLevel, NewEvent } from "#domain/event.ts";
import type { CallAnswer } from "#domain/execution.ts";
import { linesOf } from "#domain/log-line.ts";
import { publish } from "#stores/events.ts";

/** Lines of one log within a second; what is more is counted. */
const LINES_MAX = 200;

/** The log, and the name under which the instance speaks in it. */
export type Log = { readonly log: string; readonly container: string };

type Waiting = { readonly lines: NewEvent[]; dropped: number };

export class Lines {
  readonly #env: Env;
  readonly #waiting = new Map<string, Waiting>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** What a call wrote, and why it failed. */
  heard(logOf: () => Log | null, answer: CallAnswer, at: number): void {
    if (answer.type === "notAssigned" || isSilent(answer)) return;
    const log = logOf();
    if (log === null) return;
    if (answer.type === "fault") {
      const { code, message } = answer.fault;
      this.add(log, { level: "warning", text: `${code}: ${message}`, at });
      return;
    }
    const { stdout, stderr, failure } = answer.result;
    for (const line of linesOf(stdout, "info")) this.add(log, { ...line, at });
    for (const line of linesOf(stderr, "error")) this.add(log, { ...line, at });
    if (failure === null) return;
    this.add(log, { level: "error", text: `${failure.code}: ${failure.message}`, at });
  }

  add({ log, container }: Log, line: { level: EventLevel; text: string; at: number }): void {
    const waiting = this.#waiting.get(log) ?? { lines: [], dropped: 0 };
    this.#waiting.set(log, waiting);
    if (waiting.lines.length >= LINES_MAX) {
      waiting.dropped += 1;
      return;
    }
    const { level, text: message, at } = line;
    const told = { type: "log.line", subject: container, app: log, message, level, data: {}, at };
    waiting.lines.push(told);
  }

  /** What no hub took is lost: a log is worth no call's time. */
  async flush(now: number): Promise<void> {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [log, { lines, dropped }] of all) {
      const last = lines.at(-1);
      if (last !== undefined && dropped > 0) {
        const message = `${dropped} more lines within a second were dropped.`;
        lines.push({ ...last, level: "warning", message, at: now });
      }
      await publish(this.#env, lines, `logs:${log}`).catch((cause: unknown) =>
        console.warn("log lines lost", log, cause),
      );
    }
  }
}

/** Most calls are. */
function isSilent(answer: CallAnswer): boolean {
  if (answer.type !== "result") return false;
  const { stdout, stderr, failure } = answer.result;
  return stdout === "" && stderr === "" && failure === null;
}
