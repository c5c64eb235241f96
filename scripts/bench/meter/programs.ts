// The programs that the meter's bench runs and rewrites: kernels compiled from AssemblyScript, and
// real programs that other packages ship.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const source = new URL("kernels.as.txt", import.meta.url);
const packages = new URL("../../../node_modules/", import.meta.url);

const REAL: readonly string[] = [
  "@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm",
  "@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm",
  "miniflare/dist/src/mdream_edge_bg.wasm",
  "oxc-parser/parser.wasm32-wasip1.wasm",
];

export type Program = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  const text = readFileSync(source, "utf8");
  let bytes: Uint8Array<ArrayBuffer> | null = null;
  const { error } = await main(
    ["kernels.ts", "-O3", "--noAssert", "--runtime", "minimal", "-o", "kernels.wasm"],
    {
      readFile: (name) => (name === "kernels.ts" ? text : null),
      writeFile: (_, contents) => {
        if (typeof contents !== "string") bytes = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error("asc: expected the kernels to compile", { cause: error });
  if (bytes === null) throw new Error("asc: expected a binary, got none");
  return bytes;
}

export function realPrograms(): Program[] {
  const shipped = REAL.map((name) => ({ name, url: new URL(name, packages) }))
    .filter(({ url }) => existsSync(url))
    .map(({ name, url }) => ({
      name: name.split("/").at(-1) ?? name,
      bytes: new Uint8Array(readFileSync(url)),
    }));
  return [...shipped, { name: "quickjs.wasm", bytes: quickjsBinary() }];
}

export function quickjsBinary(): Uint8Array<ArrayBuffer> {
  const url = import.meta.resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  return new Uint8Array(readFileSync(fileURLToPath(url)));
}
