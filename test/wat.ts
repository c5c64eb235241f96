// A Vite plugin: `import bytes from "./add.wat"` gives the assembled module as a Uint8Array,
// `"./add.wat?names"` the same with a name section, `"./add.wasi"` a binary that is kept as it is.
import { readFile } from "node:fs/promises";
import wabt from "wabt";
import type { Plugin } from "vitest/config";

// Everything that the engine takes by default and the assembler can write.
const features = {
  bulk_memory: true,
  exceptions: true,
  extended_const: true,
  memory64: true,
  multi_memory: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
  relaxed_simd: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  tail_call: true,
};

const assembler = wabt();

/** The binary of a file in the text format. */
export async function assemble(
  path: string,
  options: { readonly names: boolean } = { names: false },
): Promise<Uint8Array> {
  const module = (await assembler).parseWat(path, await readFile(path, "utf8"), features);
  return module.toBinary({ write_debug_names: options.names }).buffer;
}

export function wat(): Plugin {
  return {
    name: "edgeloom:wat",
    async load(id) {
      const [path = "", query] = id.split("?");
      if (query === "bytes" || path.endsWith(".wasi")) return bytesModule(await readFile(path));
      if (!path.endsWith(".wat")) return null;
      const binary = await assemble(path, { names: query === "names" });
      return bytesModule(Buffer.from(binary));
    },
  };
}

function bytesModule(bytes: Buffer): string {
  return `export default Uint8Array.fromBase64(${JSON.stringify(bytes.toString("base64"))});`;
}
