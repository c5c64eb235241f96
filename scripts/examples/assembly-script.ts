// AssemblyScript examples: the compiler comes from npm.
import { main as compile } from "assemblyscript/asc";

/** Small, without a garbage collector and without imports: a failed assertion is a trap. */
const OPTIONS = ["-O3", "--shrinkLevel", "2", "--noAssert", "--runtime", "stub", "--use", "abort="];

export async function assemblyScript(root: string, example: string): Promise<Buffer> {
  const outputs = new Map<string, Uint8Array>();
  const complaints: string[] = [];
  const { error } = await compile(
    [`${example}.ts`, "--baseDir", root, "--outFile", `${example}.wasm`, ...OPTIONS],
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
