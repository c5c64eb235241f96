// Times the kernels and the interpreter inside workerd, which is what runs guests. Its V8 is newer than Node's and
// chooses for itself when to optimise, so that each form gets time to be compiled before it counts.
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { Comparison } from "./compare.ts";

const SAMPLING = { rounds: 60, sampleMs: 2, warmMs: 150 };

const worker = `
import { compare } from "./compare.ts";
import { filled, kernelsOf } from "./kernels.ts";
import { quickjs } from "./quickjs.ts";
import kernels0 from "./kernels0.wasm";
import kernels1 from "./kernels1.wasm";
import kernels2 from "./kernels2.wasm";
import quickjs0 from "./quickjs0.wasm";
import quickjs1 from "./quickjs1.wasm";
import quickjs2 from "./quickjs2.wasm";

const forms = [kernels0, kernels1, kernels2].map(kernelsOf);
const interpreter = (module) =>
  quickjs((imports) => filled(new WebAssembly.Instance(module, imports)));

export default {
  async fetch(request) {
    const name = new URL(request.url).searchParams.get("name");
    const runs = name === "quickjs"
      ? await Promise.all([quickjs0, quickjs1, quickjs2].map(interpreter))
      : forms.map((kernels) => kernels.get(name));
    return Response.json(compare(runs, ${JSON.stringify(SAMPLING)}));
  },
};`;

/** The forms of a program, the first of them plain. */
export type Forms = readonly [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];

type Timed = {
  readonly names: readonly string[];
  readonly kernels: Forms;
  readonly quickjs: Forms;
  readonly port: number;
};

/** What comes of each kernel of these names; `quickjs` is the interpreter. */
export async function comparisonsInWorkerd(timed: Timed): Promise<Map<string, Comparison>> {
  const { outputFiles } = await build({
    stdin: { contents: worker, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["*.wasm"],
    write: false,
  });
  const binaries = [timed.kernels, timed.quickjs].flatMap((forms, kind) =>
    forms.map((contents, place) => ({
      type: "CompiledWasm" as const,
      path: `${kind === 0 ? "kernels" : "quickjs"}${place}.wasm`,
      contents,
    })),
  );
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      port: timed.port,
      cf: false,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      modules: [
        { type: "ESModule", path: "main.js", contents: outputFiles[0]?.text ?? "" },
        ...binaries,
      ],
      compatibilityDate: "2026-11-17",
    }),
  );
  try {
    const url = await runtime.ready;
    const found = new Map<string, Comparison>();
    for (const name of timed.names) {
      const answer = await fetch(new URL(`/?name=${name}`, url));
      if (!answer.ok) throw new Error(`workerd answered ${answer.status} for ${name}`);
      // The worker above answers with what `compare` gives.
      found.set(name, (await answer.json()) as Comparison);
    }
    return found;
  } finally {
    await runtime.dispose();
  }
}
