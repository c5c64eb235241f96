// Makes what the Worker imports but nobody writes by hand, into .build/: the guest harness as a string with its
// digest, the API browser as text. Run by wrangler before it bundles, and by scripts/setup.mjs.
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { buildTranspiler } from "./build-transpiler.ts";
import { buildWitTools } from "./build-wit-tools.ts";
import { httpShim } from "./http-shim.ts";
import { keep } from "./keep.ts";
import { meterLeftOut } from "./meter-left-out.ts";

const out = new URL("../.build/", import.meta.url);
const resolvePackage = createRequire(import.meta.url).resolve;

await mkdir(out, { recursive: true });
await Promise.all([
  guestText("harness", "./guest.wasm", "./yielder.wasm"),
  guestText("component/entry", "./component.js", "./cores.js", "./linked.js", "./yielder.wasm"),
  apiBrowser(),
  buildWitTools(out),
  buildTranspiler(out),
]);

/** The module that a kind of guest isolate starts with, in one file; `beside` it stand the guest's own. */
async function guestText(entry: string, ...beside: readonly string[]): Promise<void> {
  const bundle = await build({
    entryPoints: [`workers/guest/${entry}.ts`],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    minify: true,
    external: ["cloudflare:workers", ...beside],
    plugins: [meterLeftOut(), httpShim()],
  });
  for (const { text } of bundle.outputFiles) {
    const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
    await keep(
      new URL(`guest-${entry.replace(/^.*\//, "")}.ts`, out),
      `export const digest = ${JSON.stringify(digest)};\nexport const source = ${JSON.stringify(text)};\n`,
    );
  }
}

async function apiBrowser(): Promise<void> {
  for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
    await keep(
      new URL(`${name}.txt`, out),
      await readFile(resolvePackage(`swagger-ui-dist/${name}`), "utf8"),
    );
  }
}
