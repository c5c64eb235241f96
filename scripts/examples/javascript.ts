// JavaScript examples: componentize-qjs from npm puts QuickJS and the script into a component. It keeps the engine's memory
// as it is once the script was read, which no two builds have alike: so a binary says what it was made of instead.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { componentize } from "componentize-qjs";
import compiler from "componentize-qjs/package.json" with { type: "json" };

type Example = { readonly path: string; readonly world: string };

export const JAVASCRIPT_EXAMPLES: readonly Example[] = [
  { path: "examples/redact/redact", world: "redact" },
];

const OPTIONS = { sync: true, optSize: true };
const SECTION = "edgeloom.made-of";

/** What is checked in when it was made of the same; else what is built of it now. */
export async function javaScript(
  root: string,
  { path, world }: Example,
  present: Buffer | null,
): Promise<Buffer> {
  const jsSource = await readFile(`${root}${path}.js`, "utf8");
  const wit = await readFile(`${root}${path}.wit`, "utf8");
  const madeOf = JSON.stringify([jsSource, wit, world, compiler.version, OPTIONS]);
  const section = custom(SECTION, createHash("sha256").update(madeOf).digest());
  if (present?.subarray(-section.length).equals(section) === true) return present;
  const options = { ...OPTIONS, world, jsSource, witPath: `${root}${path}.wit` };
  const { component } = await componentize(options);
  return Buffer.concat([component, section]);
}

/** https://webassembly.github.io/spec/core/binary/modules.html#custom-section, where every length takes one byte. */
function custom(name: string, content: Buffer): Buffer {
  const inside = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), content]);
  return Buffer.concat([Buffer.from([0, inside.length]), inside]);
}
