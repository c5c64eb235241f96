// Prints what the test's kernels use of gas in this Node: `node scripts/bench/meter/golden.ts` makes
// test/meter/golden.ts, which the tests hold the real runtime to.
import { readFileSync, writeFileSync } from "node:fs";
import wabt from "wabt";
import { GAS_EXPORT, meterModule } from "#wasm/meter/meter.ts";

const fixture = new URL("../../../test/meter/fixtures/kernels.wat", import.meta.url);
const golden = new URL("../../../test/meter/golden.ts", import.meta.url);
const rounds: Readonly<Record<string, number>> = {
  fibonacci: 15,
  matrix: 12,
  growing: 9,
  tail: 500,
};
const budget = 1_000_000_000n;

const assembler = await wabt();
const features = { exceptions: true, tail_call: true };
const module = assembler.parseWat("kernels.wat", readFileSync(fixture, "utf8"), features);
const original = new Uint8Array(module.toBinary({}).buffer);
const { bytes } = meterModule(original, { memoryPagesMax: 64, tableElementsMax: 5_000 });
const compiled = new WebAssembly.Module(bytes);
const names = WebAssembly.Module.exports(compiled)
  .filter(({ kind, name }) => kind === "function" && name !== "memory")
  .map(({ name }) => name);

const lines = names.map((name) => {
  const thrown = (): never => {
    throw new Error("from the host");
  };
  const imports = { host: { id: (value: number) => value, throw: thrown } };
  const { exports } = new WebAssembly.Instance(compiled, imports);
  const gas = exports[GAS_EXPORT];
  const run = exports[name];
  if (!(gas instanceof WebAssembly.Global) || typeof run !== "function") throw new Error(name);
  gas.value = budget;
  try {
    run(rounds[name] ?? 150);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return `  ${name}: ${budget - gas.value},`;
});
writeFileSync(
  golden,
  `// Gas of each kernel, as Node counts it. Made by scripts/bench/meter/golden.ts.\nexport const gas: Readonly<Record<string, number>> = {\n${lines.join("\n")}\n};\n`,
);
