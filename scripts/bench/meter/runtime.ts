// Times the rewriter inside workerd. Its clock stands still while a request computes, so the time is
// taken outside: one request rewrites a program many times, another does nothing.
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

const REWRITES = 5;

const worker = `
import { ModuleMeter } from "#wasm/meter/meter.ts";
export default {
  async fetch(request) {
    const times = Number(new URL(request.url).searchParams.get("times"));
    const bytes = new Uint8Array(await request.arrayBuffer());
    let written = 0;
    for (let time = 0; time < times; time += 1) {
      const meter = new ModuleMeter({ memoryPagesMax: 16384, tableElementsMax: 100000 });
      for (let at = 0; at < bytes.length; at += 65536) meter.write(bytes.subarray(at, at + 65536));
      written = meter.end().metered.bytesWritten;
    }
    return new Response(String(written));
  },
};`;

/** Milliseconds for one rewrite, of the quickest round. */
export async function rewritingInWorkerd(
  program: Uint8Array<ArrayBuffer>,
  { port, rounds }: { port: number; rounds: number },
): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: worker, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
  });
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      port,
      cf: false,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      modules: true,
      script: outputFiles[0]?.text ?? "",
      compatibilityDate: "2026-11-17",
    }),
  );
  try {
    const url = await runtime.ready;
    const least = { idle: Infinity, busy: Infinity };
    for (let round = -1; round < rounds; round += 1) {
      const idle = await ask(new URL("/?times=0", url), program);
      const busy = await ask(new URL(`/?times=${REWRITES}`, url), program);
      least.idle = Math.min(least.idle, idle);
      least.busy = Math.min(least.busy, busy);
    }
    return (least.busy - least.idle) / REWRITES;
  } finally {
    await runtime.dispose();
  }
}

async function ask(url: URL, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const start = performance.now();
  const answer = await fetch(url, { method: "POST", body });
  await answer.text();
  if (!answer.ok) throw new Error(`workerd answered ${answer.status}`);
  return performance.now() - start;
}
