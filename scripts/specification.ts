// `node scripts/specification.ts DIRECTORY`: packs the WebAssembly specification's own tests into what
// test/meter/specification.test.ts runs. They come as `wast2json` leaves them: a Go module ships them so
// (github.com/tetratelabs/wazero, internal/integration_test/spectest/v2/testdata), under the Apache License 2.0 as here.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Command, Script } from "../test/meter/script.ts";

/** What only a reader of the text format could be asked, and what is expected: plain code tells that. */
const LEFT_OUT = new Set(["module_type", "text", "expected"]);
const PACKED = new URL("../test/meter/fixtures/specification.bin", import.meta.url);

function main([directory]: readonly string[]): number {
  if (directory === undefined) {
    console.error("Usage: node scripts/specification.ts DIRECTORY");
    return 2;
  }
  const scripts = globSync(join(directory, "**/*.json"))
    .toSorted()
    .map((path) => scriptOf(path));
  writeFileSync(PACKED, gzipSync(JSON.stringify(scripts, kept), { level: 9 }));
  console.log(`${scripts.length} scripts`);
  return 0;
}

function kept(key: string, value: unknown): unknown {
  return LEFT_OUT.has(key) ? undefined : value;
}

function scriptOf(path: string): Script {
  // As wast2json writes it.
  const { commands } = JSON.parse(readFileSync(path, "utf8")) as { commands: Command[] };
  const asked = commands.filter(({ filename }) => filename?.endsWith(".wat") !== true);
  const names = asked.flatMap(({ filename }) => (filename === undefined ? [] : [filename]));
  const modules = names.map((name) => [name, readFileSync(join(path, "..", name), "base64")]);
  return { name: basename(path, ".json"), commands: asked, modules: Object.fromEntries(modules) };
}

process.exit(main(parseArgs({ allowPositionals: true }).positionals));
