// Load from a second process, in that process's own figures.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("fire.ts", import.meta.url));

export type Fired = {
  readonly requestsPerSecond: number;
  readonly answered: number;
  /** Other answers than 2xx, and those that did not come. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export class Load {
  readonly #child: ChildProcess;

  constructor(url: string, requestsPerSecond: number) {
    this.#child = fork(CHILD, [url, String(requestsPerSecond)]);
  }

  async stop(): Promise<Fired> {
    const told = once(this.#child, "message");
    this.#child.send("stop");
    // Sent by fire.ts.
    const [fired] = (await told) as [Fired];
    return fired;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
