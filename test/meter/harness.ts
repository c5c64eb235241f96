// What runs beside the tests' guests: it sets the gas, calls, and tells what came of it.

export type Call = {
  readonly name: string;
  readonly values?: readonly (number | bigint)[];
  readonly gas?: bigint;
  // Given so much at a time instead, as often as it takes.
  readonly slice?: bigint;
};

export type Answer = {
  // The result as text, or what was thrown.
  readonly outcome: string;
  readonly gasUsed: bigint | null;
  readonly isOutOfGas: boolean;
  // A digest of the exported memory, and its pages.
  readonly memory: string;
};

export function harness(names: readonly string[]): string {
  return `
import { WorkerEntrypoint } from "cloudflare:workers";
import filler from "./filler.wasm";
${names.map((name, place) => `import guest${place} from "./${name}";`).join("\n")}
const guests = [${names.map((_, place) => `guest${place}`).join(", ")}];

function importsOf(imported, box) {
  const throwing = () => { throw new Error("from the host"); };
  const draining = () => { box.instance.exports.edgeloom_gas.value = -1n; throw new Error("stop"); };
  const imports = { host: { throw: throwing, drain: draining, id: (value) => value } };
  for (const { module, name, kind, minimum, maximum, wide, element } of imported) {
    const limit = (value) => (wide ? BigInt(value) : value);
    const limits = { initial: limit(minimum), maximum: limit(maximum), address: wide ? "i64" : "i32" };
    const made = kind === "memory"
      ? new WebAssembly.Memory(limits)
      : new WebAssembly.Table({ ...limits, element: element === "funcref" ? "anyfunc" : element });
    imports[module] = { ...imports[module], [name]: made };
  }
  return imports;
}

function digest(memory) {
  if (!(memory instanceof WebAssembly.Memory)) return "";
  let hash = 17;
  for (const byte of new Uint8Array(memory.buffer)) hash = (Math.imul(hash, 31) + byte) | 0;
  return memory.buffer.byteLength / 65536 + ":" + hash;
}

// Fills a counter by a slice at a time, and tells how much that was in all.
function fill({ edgeloom_gas: gas, edgeloom_yield: slot }, slice) {
  const { exports } = new WebAssembly.Instance(filler, { metered: { gas, slice } });
  slot.value = exports.fill;
  return exports.filled;
}

function perform(guest, { name, values = [], gas: budget = 10_000_000n, slice }, imported) {
  const box = { instance: null };
  const gas = slice ?? budget;
  let outcome;
  box.instance = new WebAssembly.Instance(guest, importsOf(imported, box));
  const { edgeloom_gas: counter, edgeloom_start: start, memory } = box.instance.exports;
  const filled = slice === undefined ? { value: 0n } : fill(box.instance.exports, slice);
  try {
    if (counter !== undefined) counter.value = gas;
    if (start !== undefined) start();
    const result = box.instance.exports[name](...values);
    outcome = Array.isArray(result) ? result.map(String).join(",") : String(result);
  } catch (error) {
    outcome = error instanceof WebAssembly.Exception ? "exception" : String(error);
  }
  const left = counter?.value ?? null;
  return {
    outcome,
    gasUsed: left === null ? null : gas + filled.value - left,
    isOutOfGas: left !== null && left < 0n,
    memory: digest(memory),
  };
}

export default class extends WorkerEntrypoint {
  run(module, calls, imported) {
    return calls.map((call) => perform(guests[module], call, imported));
  }
}
`;
}
