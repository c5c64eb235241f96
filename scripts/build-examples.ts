// Builds every example guest from its source, beside it. With --check it writes nothing and fails when a binary
// that is checked in is not what its source builds to. C needs Debian's clang of one version, whose output is
// always the same; on a machine without it the C examples are skipped with that reason.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { assemblyScript } from "./examples/assembly-script.ts";
import { C_EXAMPLES, clang, unbuildable } from "./examples/clang.ts";

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

const reason = unbuildable();
if (reason !== null) console.log(`The examples in C are not built: ${reason}`);
else for (const example of C_EXAMPLES) await keep(example.path, await clang(ROOT, example));

for (const path of different) {
  console.error(`${path} is not what its source builds to; run node scripts/build-examples.ts.`);
}
process.exitCode = different.length === 0 ? 0 : 1;

async function keep(example: string, built: Buffer): Promise<void> {
  const path = `${example}.wasm`;
  const present = await readFile(`${ROOT}${path}`).catch(() => null);
  if (present?.equals(built)) return;
  if (isCheck) {
    different.push(path);
    return;
  }
  await writeFile(`${ROOT}${path}`, built);
  console.log(`${path}: ${built.length} bytes`);
}
