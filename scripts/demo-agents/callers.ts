// Somebody who calls the module by its name all the while, and what came of each call.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "#scripts/client.ts";

const PAUSE_MS = 20;
/** A call that isn't over by then hangs. */
const HANG_MS = 20_000;

export type Tally = { answered: number; refused: number; cutOff: number; hanging: number };

export class Callers {
  readonly tally: Tally = { answered: 0, refused: 0, cutOff: 0, hanging: 0 };
  readonly #client: Client;
  readonly #module: string;
  #goesOn = true;

  constructor(client: Client, module: string) {
    this.#client = client;
    this.#module = module;
  }

  stop(): void {
    this.#goesOn = false;
  }

  async run(): Promise<void> {
    while (this.#goesOn) {
      await this.#one();
      await sleep(PAUSE_MS);
    }
  }

  async #one(): Promise<void> {
    const body = { moduleId: this.#module, functionName: "greet", parameters: { name: "Ada" } };
    const call = this.#client.raw("POST", "/api/v1/wasm/execute", body).then(
      async (response) => {
        await response.text();
        return response.ok ? "answered" : "refused";
      },
      // The orchestrator's process is gone, and the socket with it.
      () => "cutOff" as const,
    );
    const outcome = await Promise.race([call, sleep(HANG_MS, "hanging" as const)]);
    this.tally[outcome] += 1;
  }
}
