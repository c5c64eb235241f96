// Makes of a registered component what may be run: its names are screened, jco's transpiler takes it apart in an
// isolate that the caller provides, and each core module that comes out is metered and capped, as it is written. It
// refuses what would not fit the transpiler's memory, and what could instantiate more memory than the module's limits
// allow.
import type { LinkedInterface } from "#domain/linked.ts";
import type { PreparedPart } from "#domain/prepared.ts";
import { readComponent } from "./component/read.ts";
import type { Component } from "./component/model.ts";
import type { CoreModule } from "./core/module.ts";
import { readCoreModule } from "./core/read.ts";
import { WasmFault } from "./cursor.ts";
import { linkedInterfaces } from "./linked.ts";
import type { MeterOptions } from "./meter/meter.ts";
import { PAGES_PER_MB, TABLE_ELEMENTS_MAX, meteredBy } from "./prepare.ts";
import type { Pieces } from "./prepare.ts";

/** The transpiler needs about six times a component's size, and more for many types; an isolate has 128 MB. */
const COMPONENT_BYTES_MAX = 12 * 1024 * 1024;
const CORE_MODULES_MAX = 64;

type TranspiledFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
export type Transpile = (
  bytes: Uint8Array<ArrayBuffer>,
  names: {
    readonly imports: readonly string[];
    readonly linked: readonly string[];
    readonly functions: readonly string[];
  },
) => Promise<
  | { readonly ok: true; readonly files: readonly TranspiledFile[] }
  | { readonly ok: false; readonly fault: string }
>;

/** A part that is made while it is written. */
export type UnwrittenPart = Pick<PreparedPart, "name" | "kind"> & { readonly pieces: Pieces };

/** Throws a WasmFault for what is refused; so do the parts, when they are made. */
export async function prepareComponent(
  bytes: Uint8Array<ArrayBuffer>,
  limits: { readonly maxMemoryMB: number },
  transpile: Transpile,
): Promise<UnwrittenPart[]> {
  if (bytes.length > COMPONENT_BYTES_MAX) {
    const most = `component: expected at most ${COMPONENT_BYTES_MAX} bytes`;
    throw new WasmFault(`${most}, got ${bytes.length}; a core module may be larger`, 0);
  }
  // Screens every name in it, those of its core modules too, before jco sees one.
  const component = readComponent(bytes);
  refuseFunctions(component);
  refuseInvalid(component, bytes);
  const { interfaces } = linkedInterfaces(component);
  const done = await transpile(bytes, {
    imports: [...component.imports.keys()],
    linked: interfaces.flatMap(({ imported, functions }) =>
      functions.map(({ name }) => `${imported}#${name}`),
    ),
    functions: functionNames(component),
  });
  if (!done.ok) throw new WasmFault(`component: ${done.fault}`, 0);
  const { glue, lifted } = liftModules(done.files);
  const cores = done.files.filter(({ name }) => name.endsWith(".wasm"));
  const written = [glue, linkedPart(interfaces), ...lifted].map(({ bytes, ...part }) => {
    return { ...part, pieces: whole(bytes) };
  });
  return [...written, ...metered(cores, limits)];
}

function* whole(bytes: Uint8Array): Pieces {
  yield bytes;
  return null;
}

/** What its entry makes the imports of. */
function linkedPart(interfaces: readonly LinkedInterface[]): PreparedPart {
  const text = `export const linked = ${JSON.stringify(interfaces)};\n`;
  return { name: "linked.js", kind: "js", bytes: new Uint8Array(new TextEncoder().encode(text)) };
}

/** What is provided are WASI's interfaces; a function that the world itself imports belongs to none. */
function refuseFunctions({ imports }: Component): void {
  const [name] = [...imports].find(([, { kind }]) => kind === "func") ?? [];
  if (name === undefined) return;
  const expected = "component: expected functions to be imported from interfaces";
  throw new WasmFault(`${expected}, got ${name} imported by the world itself`, 0);
}

/** Most of what is harmed is found here, before an isolate is made for it. */
function refuseInvalid({ modules }: Component, bytes: Uint8Array<ArrayBuffer>): void {
  const index = modules.findIndex(
    ({ start, end }) => !WebAssembly.validate(bytes.subarray(start, end)),
  );
  const found = modules[index];
  if (found === undefined) return;
  const expected = `core module ${index}: expected one that the engine takes, got an invalid one`;
  throw new WasmFault(expected, found.start);
}

/** Each exported function by itself or `interface#name`. */
function functionNames({ exports }: Component): string[] {
  return [...exports].flatMap(([name, entity]) => {
    if (entity.kind === "func") return [name];
    if (entity.kind !== "instance") return [];
    return [...entity.type.exports].flatMap(([inner, { kind }]) =>
      kind === "func" ? [`${name}#${inner}`] : [],
    );
  });
}

/** A helper of jco's own: `new WebAssembly.Module(new Uint8Array([0x00, …]))`. */
const INLINE_MODULE = /new WebAssembly\.Module\(new Uint8Array\(\[([0-9a-fx,\s]{1,8000})\]\)\)/gi;

/**
 * The entry hands the glue globals of its own: a WebAssembly in which what suspends and what is called is known to the
 * fuel, and what it copies with.
 */
const SIGNATURE = "(getCoreModule, imports, instantiateCore = WebAssembly.instantiate) {";
const OUR_SIGNATURE = `(getCoreModule, imports, instantiateCore, { WebAssembly, copied, TextDecoder, DataView, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float32Array, Float64Array }) {`;
/** Where the glue reads or writes a number of a list or a record. */
const VIEWING = "const dataView = mem => dv.buffer === mem.buffer";
const OUR_VIEWING = "const dataView = mem => copied() || dv.buffer === mem.buffer";

/** Compiling is refused at run time: a module that jco writes into its output becomes one of its own. */
function liftModules(files: readonly TranspiledFile[]): {
  glue: PreparedPart;
  lifted: PreparedPart[];
} {
  const file = files.find(({ name }) => name === "component.js");
  if (file === undefined) throw new WasmFault("component: expected JavaScript of jco, got none", 0);
  const lifted: PreparedPart[] = [];
  const text = new TextDecoder().decode(file.bytes).replaceAll(INLINE_MODULE, (_, list: string) => {
    const numbers = list.split(",").map((item) => item.trim());
    const bytes = new Uint8Array(numbers.filter((item) => item !== "").map(Number));
    lifted.push({ name: `component.lifted${lifted.length}.wasm`, kind: "wasm", bytes });
    return `edgeloomLifted${lifted.length - 1}`;
  });
  if (/\bnew WebAssembly\.Module\(/.test(text)) {
    throw new WasmFault("component: expected core modules in files, got one in the glue", 0);
  }
  const isOther = text.includes("dataView(") && !text.includes(VIEWING);
  if (isOther || text.split(SIGNATURE).length !== 2) {
    throw new WasmFault("component: expected the glue of the jco that this was made for", 0);
  }
  const imports = lifted.map(
    ({ name }, index) => `import edgeloomLifted${index} from "./${name}";`,
  );
  const glue = text.replace(SIGNATURE, OUR_SIGNATURE).replace(VIEWING, OUR_VIEWING);
  const bytes = new Uint8Array(new TextEncoder().encode([...imports, glue].join("\n")));
  return { glue: { name: "component.js", kind: "js", bytes }, lifted };
}

/** The memories of all core modules share one cap: beyond what each starts with, the rest is divided evenly. */
function metered(
  files: readonly TranspiledFile[],
  { maxMemoryMB }: { readonly maxMemoryMB: number },
): UnwrittenPart[] {
  if (files.length > CORE_MODULES_MAX) {
    const most = `component: expected at most ${CORE_MODULES_MAX} core modules`;
    throw new WasmFault(`${most}, got ${files.length}`, 0);
  }
  const total = maxMemoryMB * PAGES_PER_MB;
  const cores = files.map((file) => ({ ...file, ...memoriesOf(readCoreModule(file.bytes)) }));
  const initial = cores.reduce((sum, { pages }) => sum + pages, 0);
  if (initial > total) {
    const most = `component: expected memories of at most ${maxMemoryMB} MB to start with`;
    throw new WasmFault(`${most}, got ${initial / PAGES_PER_MB}`, 0);
  }
  const owners = cores.filter(({ defined }) => defined > 0).length;
  const share = Math.floor((total - initial) / Math.max(1, owners));
  const tableElementsMax = Math.floor(TABLE_ELEMENTS_MAX / Math.max(1, cores.length));
  return cores.map(({ name, bytes, defined, imported, pages }) => {
    if (defined > 0 && imported > 0) {
      throw new WasmFault(`${name}: expected a memory of its own or another's, got both`, 0);
    }
    // What another module lends was capped there; a lower maximum here would not link.
    const memoryPagesMax = defined > 0 ? pages + share : total;
    return {
      name,
      kind: "wasm",
      pieces: validated(bytes, { memoryPagesMax, tableElementsMax, hostGas }),
    };
  });
}

function* validated(bytes: Uint8Array<ArrayBuffer>, options: MeterOptions): Pieces {
  if (!WebAssembly.validate(bytes)) {
    throw new WasmFault("module: expected one that the engine takes, got an invalid one", 0);
  }
  return yield* meteredBy(bytes, options);
}

/** A call of the host, which the interface's name with its colon tells from one of another core module. */
function hostGas(module: string): number {
  return module.includes(":") ? 2_000 : 0;
}

function memoriesOf(module: CoreModule) {
  const imported = module.imports.filter(({ extern }) => extern.kind === "memory").length;
  const own = module.memories.slice(imported);
  const pages = own.reduce((sum, { initialPages }) => sum + initialPages, 0);
  return { imported, defined: own.length, pages };
}
