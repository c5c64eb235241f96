// Makes what the Worker imports but nobody writes by hand, into .build/: the guest harness as a string with its
// digest, the API browser as text. Run by wrangler before it bundles, and by scripts/setup.mjs.
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { buildWitTools } from "./build-wit-tools.ts";
import { keep } from "./keep.ts";

const out = new URL("../.build/", import.meta.url);
const resolvePackage = createRequire(import.meta.url).resolve;

await mkdir(out, { recursive: true });
await Promise.all([guestHarness(), apiBrowser(), buildWitTools(out)]);

/** The module that every guest isolate starts with, in one file. */
async function guestHarness(): Promise<void> {
  const bundle = await build({
    entryPoints: ["workers/guest/harness.ts"],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    minify: true,
    external: ["cloudflare:workers", "./guest.wasm", "./yielder.wasm"],
  });
  for (const { text } of bundle.outputFiles) {
    const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
    await keep(
      new URL("guest-harness.ts", out),
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
