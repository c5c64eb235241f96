// A Vite plugin: `import bytes from "./add.wat"` gives the assembled module as a Uint8Array,
// `"./add.wat?names"` the same with a name section.
import { readFile } from "node:fs/promises";
import wabt from "wabt";
import type { Plugin } from "vitest/config";

export function wat(): Plugin {
  const assembler = wabt();
  return {
    name: "edgeloom:wat",
    async load(id) {
      const [path = "", query] = id.split("?");
      if (!path.endsWith(".wat")) return null;
      const source = await readFile(path, "utf8");
      const module = (await assembler).parseWat(path, source, { multi_value: true });
      const { buffer } = module.toBinary({ write_debug_names: query === "names" });
      const base64 = Buffer.from(buffer).toString("base64");
      return `export default Uint8Array.fromBase64(${JSON.stringify(base64)});`;
    },
  };
}
