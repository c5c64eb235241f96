// The specification's own tests as scripts/specification.ts packs them, and what runs one of them in an isolate: twice, by
// its modules as they are and by what the meter has made of them.
import { env } from "cloudflare:workers";
import { WasmFault } from "#wasm/cursor.ts";
import { GAS_EXPORT, meterModule, START_EXPORT } from "#wasm/meter/meter.ts";
import type { Command, Script } from "./script.ts";

/** What came of each command, as text. */
export type Outcomes = { readonly plain: readonly string[]; readonly metered: readonly string[] };

type Runner = { run(commands: readonly Command[]): Promise<Outcomes> };

const LIMITS = { memoryPagesMax: 65_536, tableElementsMax: 10_000_000 };
/** Threads are refused by design. */
const REFUSED = /^threads: /;

export async function unpack(packed: ArrayBuffer): Promise<Script[]> {
  const text = new Response(packed).body?.pipeThrough(new DecompressionStream("gzip"));
  return new Response(text).json();
}

/** Of invalid modules too: what the meter makes of one must not be valid. */
export async function outcomesOf({ commands, modules }: Script): Promise<Outcomes> {
  const files = Object.entries(modules).map(([name, text]) => ({
    name,
    plain: validOrNull(Uint8Array.fromBase64(text)),
    metered: meteredOrNull(Uint8Array.fromBase64(text)),
  }));
  const parts = files.flatMap(({ name, plain, metered }) => [
    ...(plain === null ? [] : [{ kind: "plain", name, bytes: plain }]),
    ...(metered === null ? [] : [{ kind: "metered", name, bytes: metered }]),
  ]);
  const wasm = parts.map(({ bytes }, place) => [`${place}.wasm`, { wasm: bytes.slice().buffer }]);
  const worker = env.LOADER.load({
    compatibilityDate: "2026-11-17",
    mainModule: "script.js",
    modules: { "script.js": { js: scriptText(parts) }, ...Object.fromEntries(wasm) },
    env: {},
    globalOutbound: null,
  });
  // The script below exports this class, which the loader can't know.
  return (worker.getEntrypoint() as unknown as Runner).run(commands);
}

function validOrNull(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  return WebAssembly.validate(bytes) ? bytes : null;
}

function meteredOrNull(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  try {
    return validOrNull(meterModule(bytes, LIMITS).bytes);
  } catch (error) {
    if (!(error instanceof WasmFault)) throw error;
    if (REFUSED.test(error.message) || !WebAssembly.validate(bytes)) return null;
    throw error;
  }
}

function scriptText(parts: readonly { readonly kind: string; readonly name: string }[]): string {
  return `
import { WorkerEntrypoint } from "cloudflare:workers";
${parts.map((_, place) => `import part${place} from "./${place}.wasm";`).join("\n")}
const modules = { plain: {}, metered: {} };
${parts.map(({ kind, name }, place) => `modules.${kind}[${JSON.stringify(name)}] = part${place};`).join("\n")}

const GAS = 4_000_000_000n;

function fill(instances) {
  for (const { exports } of instances) {
    if (exports.${GAS_EXPORT} !== undefined) exports.${GAS_EXPORT}.value = GAS;
  }
}

function spectest() {
  const ignore = () => {};
  return {
    print: ignore, print_i32: ignore, print_i64: ignore, print_f32: ignore, print_f64: ignore,
    print_i32_f32: ignore, print_f64_f64: ignore,
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

function valueOf({ type, value }) {
  if (typeof value !== "string") return null;
  const view = new DataView(new ArrayBuffer(8));
  if (/^-?\\d+$/.test(value)) view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  switch (type) {
    case "i32": return view.getInt32(0, true);
    case "i64": return view.getBigInt64(0, true);
    case "f32": return view.getFloat32(0, true);
    case "f64": return view.getFloat64(0, true);
    default: return value === "null" ? null : value;
  }
}

function told(value) {
  if (typeof value === "function") return "function";
  if (Array.isArray(value)) return value.map(told).join(", ");
  return typeof value === "bigint" ? value + "n" : String(value);
}

// A trap's message is the engine's; that both are the same trap is what counts.
function kindOf(error) {
  if (error instanceof WebAssembly.LinkError) return "not linked";
  return error instanceof Error ? error.name + ": " + error.message : "thrown";
}

function outcomes(commands, kind) {
  const registered = { spectest: spectest() };
  const named = new Map();
  const all = [];
  let last;
  const perform = ({ filename, type, name, as, action }) => {
    if (filename !== undefined) {
      const module = modules[kind][filename];
      if (module === undefined) return "invalid";
      const instance = new WebAssembly.Instance(module, registered);
      all.push(instance);
      fill([instance]);
      instance.exports.${START_EXPORT}?.();
      if (type === "module") {
        last = instance;
        if (name !== undefined) named.set(name, instance);
      }
      return "instantiated";
    }
    if (type === "register") {
      registered[as] = { ...(name === undefined ? last : named.get(name))?.exports };
      return "registered";
    }
    const item = (action.module === undefined ? last : named.get(action.module))?.exports[action.field];
    if (action.type === "get") return told(item?.value);
    if (typeof item !== "function") return "no such function";
    return told(item(...(action.args ?? []).map(valueOf)));
  };
  return commands.map((command) => {
    fill(all);
    try {
      return perform(command);
    } catch (error) {
      return kindOf(error);
    }
  });
}

export default class extends WorkerEntrypoint {
  run(commands) {
    return { plain: outcomes(commands, "plain"), metered: outcomes(commands, "metered") };
  }
}
`;
}
