// The soak's traffic: calls by name, requests to an app and reads of the control plane, as fast as they are answered or at
// a rate that doesn't wait for answers.
import { setTimeout as sleep } from "node:timers/promises";
import { APP, MODULE_NAME, tokenOf } from "#scripts/bench/fixture.ts";
import type { Connections, Target } from "#scripts/bench/load.ts";
import type { Client } from "#scripts/client.ts";
import { LOCAL_ADMIN } from "#scripts/orchestrator.ts";
import type { Watch } from "./watch.ts";

export type Answers = {
  readonly sent: number;
  /** By status, or by what happened instead of an answer. */
  readonly failures: ReadonlyMap<string, number>;
  /** The most by which a request was sent after it was due: the program was slower than the rate. */
  readonly lateMsMax: number;
};

/** In turn, over and over: eight calls, one request to the app, one read. */
export async function mixOf(client: Client, url: string): Promise<readonly Target[]> {
  const token = await tokenOf(client, LOCAL_ADMIN);
  const headers = { Authorization: `Bearer ${token}` };
  const call: Target = {
    url: `${url}/api/v1/wasm/execute`,
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ moduleId: MODULE_NAME, functionName: "add", parameters: [2, 3] }),
  };
  const app: Target = { url: `${url}/run/${APP}/tea`, method: "GET", headers: {}, body: "" };
  const read: Target = { url: `${url}/api/v1/wasm/modules`, method: "GET", headers, body: "" };
  return [call, call, call, call, app, call, call, call, call, read];
}

export class Load {
  readonly #connections: Connections;
  readonly #mix: readonly Target[];
  readonly #failures = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  #pause: Promise<void> | null = null;
  #sent = 0;

  constructor(connections: Connections, mix: readonly Target[]) {
    this.#connections = connections;
    this.#mix = mix;
  }

  /** Requests a second, each connection sending its next one when it has its answer. */
  async atMost(forMs: number): Promise<number> {
    const [began, before] = [performance.now(), this.#sent];
    await this.#connections.keepBusy(
      () => performance.now() - began < forMs,
      () => this.#send(),
    );
    return (1000 * (this.#sent - before)) / (performance.now() - began);
  }

  /** While it lasts nothing is sent, and it begins when everything is answered. */
  async inQuiet(work: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pause = promise;
    try {
      await Promise.all(this.#underWay);
      await work();
    } finally {
      this.#pause = null;
      resolve();
    }
  }

  async at(rate: number, of: { forMs: number; watch: Watch }): Promise<Answers> {
    const began = performance.now();
    this.#failures.clear();
    const before = this.#sent;
    let due = 0;
    let lateMsMax = 0;
    await this.#connections.keepBusy(
      () => (1000 * due) / rate < of.forMs,
      async () => {
        const dueAt = began + (1000 * due) / rate;
        due += 1;
        const early = dueAt - performance.now();
        if (early > 1) await sleep(early);
        await this.#pause;
        const sentAt = performance.now();
        lateMsMax = Math.max(lateMsMax, sentAt - dueAt);
        const answered = this.#send();
        this.#underWay.add(answered);
        await answered.finally(() => this.#underWay.delete(answered));
        of.watch.answered(performance.now() - sentAt);
      },
    );
    return { sent: this.#sent - before, failures: this.#failures, lateMsMax };
  }

  async #send(): Promise<void> {
    const target = this.#mix[this.#sent % this.#mix.length];
    if (target === undefined) throw new Error("There is nothing to send.");
    this.#sent += 1;
    const failed = (what: string): void => {
      this.#failures.set(what, (this.#failures.get(what) ?? 0) + 1);
    };
    try {
      const { status, text } = await this.#connections.send(target);
      if (status !== 200) failed(`${status} ${text.slice(0, 120)}`);
      else if (text.includes('"success":false')) failed(text.slice(0, 120));
    } catch (thrown) {
      failed(String(thrown));
    }
  }
}
