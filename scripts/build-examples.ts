// Builds every example guest from its source, beside it. With --check it writes nothing and fails when a binary
// that is checked in is not what its source builds to. C needs Debian's clang of one version, whose output is
// always the same; on a machine without it the C examples are skipped with that reason. A JavaScript example is never
// built alike: it is compared by the digest of what it was made of.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { assemblyScript } from "./examples/assembly-script.ts";
import { C_EXAMPLES, clang, unbuildable } from "./examples/clang.ts";
import { JAVASCRIPT_EXAMPLES, javaScript } from "./examples/javascript.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const ASSEMBLY_SCRIPT = [
  "examples/hello/hello",
  "examples/image-processor/image-processor-1.1.0",
  "examples/image-processor/image-processor-1.2.0",
  "examples/image-processor/image-processor-1.3.0",
  "examples/image-processor/image-processor-1.4.0",
];

const isCheck = process.argv.includes("--check");
const different: string[] = [];
for (const example of ASSEMBLY_SCRIPT) await keep(example, await assemblyScript(ROOT, example));

for (const example of JAVASCRIPT_EXAMPLES) {
  await keep(example.path, await javaScript(ROOT, example, await presentAt(example.path)));
}

const reason = unbuildable();
if (reason !== null) console.log(`The examples in C are not built: ${reason}`);
else for (const example of C_EXAMPLES) await keep(example.path, await clang(ROOT, example));

for (const path of different) {
  console.error(`${path} is not what its source builds to; run node scripts/build-examples.ts.`);
}
process.exitCode = different.length === 0 ? 0 : 1;

async function keep(example: string, built: Buffer): Promise<void> {
  const path = `${example}.wasm`;
  if ((await presentAt(example))?.equals(built)) return;
  if (isCheck) {
    different.push(path);
    return;
  }
  await writeFile(`${ROOT}${path}`, built);
  console.log(`${path}: ${built.length} bytes`);
}

function presentAt(example: string): Promise<Buffer | null> {
  return readFile(`${ROOT}${example}.wasm`).catch(() => null);
}
