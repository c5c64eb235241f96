// Builds every example guest from its source, beside it. With --check it writes nothing and fails when a binary
// that is checked in is not what its source builds to.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { main as compile } from "assemblyscript/asc";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const EXAMPLES = [
  "examples/hello/hello",
  "examples/image-processor/image-processor-1.1.0",
  "examples/image-processor/image-processor-1.2.0",
  "examples/image-processor/image-processor-1.3.0",
];
/** Small, without a garbage collector and without imports: a failed assertion is a trap. */
const OPTIONS = ["-O3", "--shrinkLevel", "2", "--noAssert", "--runtime", "stub", "--use", "abort="];

const isCheck = process.argv.includes("--check");
const different: string[] = [];
for (const example of EXAMPLES) {
  const path = `${example}.wasm`;
  const built = await build(example);
  const present = await readFile(`${ROOT}${path}`).catch(() => null);
  if (present?.equals(built)) continue;
  if (isCheck) different.push(path);
  else await writeFile(`${ROOT}${path}`, built);
  if (!isCheck) console.log(`${path}: ${built.length} bytes`);
}
for (const path of different) {
  console.error(`${path} is not what its source builds to; run node scripts/build-examples.ts.`);
}
process.exitCode = different.length === 0 ? 0 : 1;

async function build(example: string): Promise<Buffer> {
  const outputs = new Map<string, Uint8Array>();
  const complaints: string[] = [];
  const { error } = await compile(
    [`${example}.ts`, "--baseDir", ROOT, "--outFile", `${example}.wasm`, ...OPTIONS],
    {
      writeFile: (name, contents) => {
        outputs.set(name, typeof contents === "string" ? Buffer.from(contents) : contents);
      },
      stderr: { write: (chunk) => complaints.push(chunk.toString()) },
    },
  );
  const binary = outputs.get(`${example}.wasm`);
  if (error !== null || binary === undefined) {
    throw new Error(`${example}.ts could not be compiled:\n${complaints.join("")}`, {
      cause: error,
    });
  }
  return Buffer.from(binary);
}
