// Makes what the transpiling isolate is loaded with (workers/guest/transpiler): jco's transpiler with its entry as
// one text, and its WebAssembly as data, since the Worker hands both to the loader and runs neither itself.
import { createHash } from "node:crypto";
import { MEMORY_MB } from "#guest/transpiler/bounds.ts";
import { keep } from "./keep.ts";
import { bundleStatic, makeStatic, type Vendored } from "./vendored.ts";

const TRANSPILER: Vendored = {
  file: "js-component-bindgen-component",
  name: "transpiler",
  factory: "instantiateTranspiler",
  answer: "{ generate }",
  exported: /^export \{ generate, generateTypes, unpackWit,?\s*\}$/m,
  needed: [/^function generate\(|^let exports1Generate;|\bfunction generate\b/m],
  sliced: { name: "generate", core: "exports1Generate", memoryMB: MEMORY_MB },
};
const ENTRY = new URL("../workers/guest/transpiler/transpiler.ts", import.meta.url);

/** Writes transpiler.ts and the data files that it imports. */
export async function buildTranspiler(outDirectory: URL): Promise<void> {
  const { code, modules } = await makeStatic(TRANSPILER);
  const source = await bundleStatic(TRANSPILER, code, ENTRY);
  const hash = createHash("sha256").update(source);
  for (const { bytes } of modules) hash.update(bytes);
  const data = modules.map(({ name }) => name.replace(/\.wasm$/, ".bin"));
  await Promise.all(
    modules.map(({ bytes }, index) => keep(new URL(data[index] ?? "", outDirectory), bytes)),
  );
  const lines = [
    ...data.map((name, index) => `import wasm${index} from "./${name}";`),
    `export const digest = ${JSON.stringify(hash.digest("hex").slice(0, 16))};`,
    `export const source = ${JSON.stringify(source)};`,
    "export const modules: Readonly<Record<string, ArrayBuffer>> = {",
    ...modules.map(({ name }, index) => `  ${JSON.stringify(name)}: wasm${index},`),
    "};",
  ];
  await keep(new URL("transpiler.ts", outDirectory), `${lines.join("\n")}\n`);
}
