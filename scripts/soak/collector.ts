// Has the garbage of all isolates of a runtime collected. While there is memory enough V8 leaves it lying for minutes, and
// with it whatever the runtime itself keeps for each object that is one: without this, memory grows by what nobody holds.
// Not while requests are under way: what the inspector is asked runs between them, and some then never end.
import { setTimeout as sleep } from "node:timers/promises";
import { Inspector } from "#scripts/bench/upload/inspector.ts";

/** One that has nothing to do answers once it has: that isn't waited for. */
const ANSWER_MS = 1_000;

export class Collector {
  readonly #port: number;
  readonly #url: string;
  readonly #known = new Map<string, Inspector>();

  constructor(port: number, url: string) {
    this.#port = port;
    this.#url = url;
  }

  async collect(): Promise<void> {
    const targets = await Inspector.targets(this.#port);
    await Promise.all(
      targets.map(async (target) => {
        const known = this.#known.get(target);
        const inspector = known ?? (await Inspector.connect(this.#port, this.#url, target));
        this.#known.set(target, inspector);
        await Promise.race([inspector.collect(), sleep(ANSWER_MS)]);
      }),
    );
  }

  close(): void {
    for (const inspector of this.#known.values()) inspector.close();
  }
}
