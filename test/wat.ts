// A Vite plugin: `import bytes from "./add.wat"` gives the assembled module as a Uint8Array,
// `"./add.wat?names"` the same with a name section.
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

export function wat(): Plugin {
  const assembler = wabt();
  return {
    name: "edgeloom:wat",
    async load(id) {
      const [path = "", query] = id.split("?");
      if (!path.endsWith(".wat")) return null;
      const source = await readFile(path, "utf8");
      const module = (await assembler).parseWat(path, source, features);
      const { buffer } = module.toBinary({ write_debug_names: query === "names" });
      const base64 = Buffer.from(buffer).toString("base64");
      return `export default Uint8Array.fromBase64(${JSON.stringify(base64)});`;
    },
  };
}
