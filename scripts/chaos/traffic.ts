// A little traffic by module name, and a look at every answer: the version that says it answered must be one that
// may, and the guest's own number must agree.
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "./world.ts";

const BETWEEN_CALLS_MS = 8;
const CALLERS = 3;

/** What callers may meet at this moment; kept up to date by the module's lane. */
export type Expected = {
  readonly moduleName: string;
  /** Numbers of the versions that may answer. */
  readonly versions: ReadonlySet<number>;
  /** Those that may fail. */
  readonly failing: ReadonlySet<number>;
  /** No version has been deployed yet. */
  readonly isNew: boolean;
};

export class Traffic {
  readonly #world: World;
  readonly #expected: () => Expected;
  readonly tally = new Map<string, number>();
  #goesOn = true;

  constructor(world: World, expected: () => Expected) {
    this.#world = world;
    this.#expected = expected;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CALLERS }, () => this.#loop()));
  }

  stop(): void {
    this.#goesOn = false;
  }

  async #loop(): Promise<void> {
    while (this.#goesOn) {
      await this.#call();
      await sleep(BETWEEN_CALLS_MS);
    }
  }

  async #call(): Promise<void> {
    const before = this.#expected();
    const answer = await this.#world.try("POST", "/api/v1/wasm/execute", {
      moduleId: before.moduleName,
      functionName: "work",
      parameters: [Math.floor(Math.random() * 1_000_000)],
    });
    if (answer === null) return this.#count("no answer");
    const after = this.#expected();
    if (answer.status !== 200) {
      const { code } = answer.body["error"] as { code: string };
      this.#count(`${answer.status} ${code}`);
      if (before.isNew || answer.status === 500) return;
      this.#world.violated(
        `A call of ${before.moduleName}, which is deployed, was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
      return;
    }
    this.#judge(answer.body as Executed, { before, after });
  }

  #judge(answer: Executed, expected: { before: Expected; after: Expected }): void {
    const { before, after } = expected;
    const { moduleId, success, returnValue } = answer;
    const version = Number(/-v1\.0\.(\d+)$/.exec(moduleId)?.[1]);
    this.#count(success ? "200" : "200 failed");
    if (!before.versions.has(version) && !after.versions.has(version)) {
      this.#world.violated(`${moduleId} answered, which is neither stable nor a candidate.`);
    }
    if (success && returnValue !== String(version)) {
      this.#world.violated(`${moduleId} answered ${returnValue}: another version ran.`);
    }
    if (!success && !before.failing.has(version) && !after.failing.has(version)) {
      this.#world.violated(`${moduleId} is sound and failed: ${JSON.stringify(answer)}`);
    }
  }

  #count(outcome: string): void {
    this.tally.set(outcome, (this.tally.get(outcome) ?? 0) + 1);
  }
}

type Executed = { moduleId: string; success: boolean; returnValue: string | null };
