// Makes a Worker's module of the WIT tools that ship in @bytecodealliance/jco-transpile.
import { mkdir } from "node:fs/promises";
import { keep } from "./keep.ts";
import { bundleStatic, makeStatic, type Vendored } from "./vendored.ts";

const WIT_TOOLS: Vendored = {
  file: "wasm-tools",
  name: "wit-tools",
  factory: "instantiateWitTools",
  answer: "tools",
  exported: /^export \{ tools,?\s*\}$/m,
  needed: [
    /\n {2}componentEmbed: componentEmbed,/,
    /\n {2}componentNew: componentNew,/,
    /\n {2}print: print,/,
  ],
};

/** Writes wit-tools.js and the four WebAssembly modules that it imports. */
export async function buildWitTools(outDirectory: URL): Promise<void> {
  await mkdir(outDirectory, { recursive: true });
  const { code, modules } = await makeStatic(WIT_TOOLS);
  await Promise.all(modules.map(({ name, bytes }) => keep(new URL(name, outDirectory), bytes)));
  await keep(new URL("wit-tools.js", outDirectory), await bundleStatic(WIT_TOOLS, code));
}
