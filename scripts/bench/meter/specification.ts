// Runs the WebAssembly specification's own tests plain and metered, and tells each difference.
// They come as `wast2json` leaves them (a Go module ships them so: tetratelabs/wazero, under
// internal/integration_test/spectest): `node scripts/bench/meter/specification.ts <directory> …`.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WasmFault } from "#wasm/cursor.ts";
import { GAS_EXPORT, meterModule, START_EXPORT } from "#wasm/meter/meter.ts";

type Value = { readonly type: string; readonly value?: string | readonly string[] };

type Action = {
  readonly type: "invoke" | "get";
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly Value[];
};

type Command = {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly name?: string;
  readonly as?: string;
  readonly action?: Action;
  readonly module_type?: string;
};

const GAS = 4_000_000_000n;
const LIMITS = { memoryPagesMax: 65_536, tableElementsMax: 10_000_000 };

type Tally = { commands: number; refused: Map<string, number>; differences: string[] };

function main(directories: readonly string[]): number {
  const tally: Tally = { commands: 0, refused: new Map(), differences: [] };
  const files = directories.flatMap((directory) => globSync(join(directory, "**/*.json")));
  for (const file of files) {
    const plain = outcomes(file, (bytes) => bytes, tally);
    const metered = outcomes(file, (bytes) => meterModule(bytes, LIMITS).bytes, tally);
    tally.commands += plain.length;
    plain.forEach(([line, outcome], place) => {
      const other = metered[place]?.[1];
      if (outcome === other) return;
      tally.differences.push(`${file}:${line}: ${outcome} became ${other}`);
    });
  }
  console.log(`${files.length} files, ${tally.commands} commands`);
  for (const [reason, count] of tally.refused) console.log(`refused ${count}: ${reason}`);
  console.log(`${tally.differences.length} differences`);
  for (const difference of tally.differences.slice(0, 50)) console.log(difference);
  return tally.differences.length === 0 ? 0 : 1;
}

/** What came of each command, as text; modules that the meter refuses by design count as absent. */
function outcomes(
  file: string,
  prepare: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  tally: Tally,
): [number, string][] {
  const { commands } = JSON.parse(readFileSync(file, "utf8")) as { commands: Command[] };
  const registered: WebAssembly.Imports = { spectest: spectest() };
  const instances = new Map<string, WebAssembly.Instance>();
  const all: WebAssembly.Instance[] = [];
  let last: WebAssembly.Instance | undefined;

  function instantiate(name: string): WebAssembly.Instance {
    const path = join(dirname(file), name);
    if (!existsSync(path)) throw new Error("no binary");
    const original = new Uint8Array(readFileSync(path));
    let bytes = original;
    try {
      bytes = prepare(original);
    } catch (error) {
      if (!(error instanceof WasmFault)) throw error;
      if (!WebAssembly.validate(original)) throw new WebAssembly.CompileError(error.message);
      const reason = error.message.replace(/ at offset \d+$/, "");
      tally.refused.set(reason, (tally.refused.get(reason) ?? 0) + 1);
      // Refused on purpose: what follows is the same both ways, so that nothing is told of it.
    }
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), registered);
    all.push(instance);
    fill([instance]);
    const start = instance.exports[START_EXPORT];
    if (typeof start === "function") start();
    return instance;
  }

  function perform({ module, field, args = [], type }: Action): unknown {
    const instance = module === undefined ? last : instances.get(module);
    const item = instance?.exports[field];
    if (type === "get") return item instanceof WebAssembly.Global ? item.value : "no such global";
    if (typeof item !== "function") throw new Error("no such function");
    return item(...args.map(fromText));
  }

  return commands.map((command) => {
    fill(all);
    try {
      if (command.filename !== undefined && command.module_type !== "text") {
        const instance = instantiate(command.filename);
        if (command.type === "module") {
          last = instance;
          if (command.name !== undefined) instances.set(command.name, instance);
        }
        return [command.line, "instantiated"];
      }
      if (command.type === "register") {
        const instance = command.name === undefined ? last : instances.get(command.name);
        registered[command.as ?? ""] = { ...instance?.exports };
        return [command.line, "registered"];
      }
      if (command.action !== undefined) return [command.line, told(perform(command.action))];
      return [command.line, "skipped"];
    } catch (error) {
      return [command.line, kindOf(error)];
    }
  });
}

function fill(instances: readonly WebAssembly.Instance[]): void {
  for (const { exports } of instances) {
    const gas = exports[GAS_EXPORT];
    if (gas instanceof WebAssembly.Global) gas.value = GAS;
  }
}

function fromText({ type, value }: Value): unknown {
  if (typeof value !== "string") return null;
  const bits = type.endsWith("ref") ? 0n : BigInt.asUintN(64, number(value));
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  switch (type) {
    case "i32":
      return view.getInt32(0, true);
    case "i64":
      return view.getBigInt64(0, true);
    case "f32":
      return view.getFloat32(0, true);
    case "f64":
      return view.getFloat64(0, true);
    default:
      return value === "null" ? null : value;
  }
}

function number(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

function told(value: unknown): string {
  if (typeof value === "function") return "function";
  if (Array.isArray(value)) return value.map(told).join(", ");
  return typeof value === "bigint" ? `${value}n` : String(value);
}

/** A trap's message is the engine's; that both are the same trap is what counts. */
function kindOf(error: unknown): string {
  if (error instanceof WebAssembly.CompileError) return "invalid";
  if (error instanceof WebAssembly.LinkError) return "not linked";
  return error instanceof Error ? `${error.name}: ${error.message}` : "thrown";
}

function spectest(): WebAssembly.ModuleImports {
  const ignore = (): void => {};
  return {
    print: ignore,
    print_i32: ignore,
    print_i64: ignore,
    print_f32: ignore,
    print_f64: ignore,
    print_i32_f32: ignore,
    print_f64_f64: ignore,
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

process.exit(main(process.argv.slice(2)));
