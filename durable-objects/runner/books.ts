// What a node has counted and what its guests have said, written down together: nothing of a call waits for it.
import { database } from "#stores/database.ts";
import { reportInvocations } from "#stores/nodes.ts";
import type { Gauge } from "./gauge.ts";
import { messageOf } from "./host.ts";
import type { Lines } from "./lines.ts";

/** Counters reach storage and D1 this long after the first call that changed them. */
const FLUSH_MS = 1_000;

type Of = {
  readonly gauge: Gauge;
  readonly lines: Lines;
  /** Null out of service. */
  readonly nodeId: () => string | null;
  readonly background: (work: Promise<void>) => void;
};

export class Books {
  readonly #env: Env;
  readonly #of: Of;
  #isDue = false;

  constructor(env: Env, of: Of) {
    this.#env = env;
    this.#of = of;
  }

  /** Calls within a second are written together. */
  flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#of.background(scheduler.wait(FLUSH_MS).then(() => this.flush()));
  }

  async flush(): Promise<void> {
    this.#isDue = false;
    const { gauge, lines } = this.#of;
    const nodeId = this.#of.nodeId();
    gauge.save();
    await lines.flush(Date.now());
    const totals = gauge.takeReport();
    if (nodeId === null || totals.length === 0) return;
    try {
      await reportInvocations(database(this.#env), nodeId, totals);
    } catch (cause) {
      // The totals are absolute: the next flush carries what this one could not.
      console.warn("invocation totals not reported", messageOf(cause));
      gauge.returnReport(totals);
    }
  }
}
