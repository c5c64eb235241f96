// A Vite plugin: `import bytes from "./add.wat"` gives the assembled module as a Uint8Array.
import { readFile } from "node:fs/promises";
import wabt from "wabt";
import type { Plugin } from "vitest/config";

export function wat(): Plugin {
  const assembler = wabt();
  return {
    name: "edgeloom:wat",
    async load(id) {
      if (!id.endsWith(".wat")) return null;
      const source = await readFile(id, "utf8");
      const module = (await assembler).parseWat(id, source, { multi_value: true });
      const base64 = Buffer.from(module.toBinary({}).buffer).toString("base64");
      return `export default Uint8Array.fromBase64(${JSON.stringify(base64)});`;
    },
  };
}
