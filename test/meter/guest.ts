// Runs modules in isolates of their own, as guests run: through the loader, in the real runtime.
import { env } from "cloudflare:workers";
import type { Metered, MeterOptions } from "#wasm/meter/meter.ts";
import { meterModule } from "#wasm/meter/meter.ts";
import filler from "./fixtures/filler.wat";
import type { Answer, Call } from "./harness.ts";
import { harness } from "./harness.ts";

export const limits: MeterOptions = { memoryPagesMax: 64, tableElementsMax: 5_000 };

export type Run = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly calls: readonly Call[];
  readonly metered?: Metered;
};

type Runner = { run(module: number, calls: readonly Call[], imported: unknown): Promise<Answer[]> };

/** Each call on a fresh instance. */
export async function runAll(runs: readonly Run[]): Promise<Answer[][]> {
  const names = runs.map((_, place) => `guest${place}.wasm`);
  const modules: Record<string, { js: string } | { wasm: ArrayBuffer }> = {
    "harness.js": { js: harness(names) },
    "filler.wasm": { wasm: filler.slice().buffer },
  };
  runs.forEach(({ bytes }, place) => {
    modules[names[place] ?? ""] = { wasm: bytes.slice().buffer };
  });
  const worker = env.LOADER.get(crypto.randomUUID(), () => ({
    compatibilityDate: "2026-11-17",
    mainModule: "harness.js",
    modules,
    env: {},
    globalOutbound: null,
  }));
  // The harness above exports this class, which the loader can't know.
  const runner = worker.getEntrypoint() as unknown as Runner;
  const answers: Answer[][] = [];
  for (const [place, { calls, metered }] of runs.entries()) {
    answers.push(await runner.run(place, calls, metered?.imported ?? []));
  }
  return answers;
}

export async function runMetered(
  original: Uint8Array<ArrayBuffer>,
  calls: readonly Call[],
  options: MeterOptions = limits,
): Promise<Answer[]> {
  const { bytes, metered } = meterModule(original, options);
  const [answers = []] = await runAll([{ bytes, calls, metered }]);
  return answers;
}
