// What a core module offers and how its functions are called, decided from its imports, exports and
// types. It lists no function that is there for the host's plumbing.
import type { Convention } from "#domain/module.ts";
import type { CoreModule, FunctionType } from "./core/module.ts";
import { functionTypeOf } from "./core/module.ts";
import type { ValueType } from "./core/value-type.ts";
import { isNumberType, valueTypeText } from "./core/value-type.ts";
import type {
  CallStyle,
  FunctionSignature,
  InspectedMemory,
  InspectedModule,
  Wasi,
} from "./inspection.ts";
import { list } from "./listing.ts";
import { unsupportedFeatures, unsupportedGlue } from "./unsupported.ts";

const extismHost = "extism:host/env";
const wasiModules: ReadonlySet<string> = new Set(["wasi_snapshot_preview1", "wasi_unstable"]);

const plumbing = /^(?:cabi_realloc|memory|_initialize|__.*|asyncify_.*|cabi_post_.*)$/s;

export function inspectCoreModule(module: CoreModule): InspectedModule {
  const imported = new Set(module.imports.map((entry) => entry.module));
  const { interfaces, functions, unsupported } = list(imported, signatures(module));
  const wasi: Wasi = wasiModules.isDisjointFrom(imported) ? "none" : "preview1";
  return {
    ok: true,
    kind: "core",
    wasi,
    interfaces,
    required: interfaces,
    functions,
    memory: firstMemory(module),
    convention: conventionOf(module, { imported, functions, wasi }),
    unsupported: [
      ...unsupportedFeatures(module.features),
      ...unsupportedGlue(module),
      ...unsupported,
    ],
  };
}

export function firstMemory(module: CoreModule): InspectedMemory | null {
  const memory = module.memories[0];
  if (memory === undefined) return null;
  return { initialPages: memory.initialPages, maximumPages: memory.maximumPages };
}

// What the module imports says who must host it; only then do its exports say how it is called.
function conventionOf(
  module: CoreModule,
  {
    imported,
    functions,
    wasi,
  }: {
    imported: ReadonlySet<string>;
    functions: readonly FunctionSignature[];
    wasi: Wasi;
  },
): Convention {
  if (imported.has(extismHost)) return "extism";
  if (wasi === "preview1") return hasType(exported(module, "_start"), "->") ? "command" : "reactor";
  return functions.some(({ style }) => style === "json") ? "json" : "numbers";
}

function* signatures(module: CoreModule): Generator<FunctionSignature> {
  const json = allocatesJson(module);
  for (const { name, kind, index } of module.exports) {
    if (kind !== "func" || plumbing.test(name)) continue;
    const type = functionTypeOf(module, index);
    if (type === undefined) continue;
    const names = module.names.parameters.get(index);
    yield {
      name,
      parameters: type.parameters.map((parameter, position) => ({
        name: names?.get(position) ?? null,
        type: valueTypeText(parameter),
      })),
      results: type.results.map(valueTypeText),
      style: styleOf(type, json),
    };
  }
}

function styleOf(type: FunctionType, json: boolean): CallStyle {
  if (json && hasType(type, "i32,i32->i64")) return "json";
  return [...type.parameters, ...type.results].every(isNumberType) ? "numbers" : "none";
}

// Whether the host can hand the module a text: a memory to write to and a way to get room there.
function allocatesJson(module: CoreModule): boolean {
  return (
    module.exports.some(({ name, kind }) => kind === "memory" && name === "memory") &&
    hasType(exported(module, "cabi_realloc"), "i32,i32,i32,i32->i32")
  );
}

function exported(module: CoreModule, name: string): FunctionType | undefined {
  const found = module.exports.find((entry) => entry.kind === "func" && entry.name === name);
  return found === undefined ? undefined : functionTypeOf(module, found.index);
}

function hasType(type: FunctionType | undefined, text: string): boolean {
  if (type === undefined) return false;
  return `${typesText(type.parameters)}->${typesText(type.results)}` === text;
}

function typesText(types: readonly ValueType[]): string {
  return types.map(valueTypeText).join(",");
}
