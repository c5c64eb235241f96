// What a component offers: the functions that it exports itself or through instances, under names
// such as `wasi:http/incoming-handler@0.2.0#handle`, with their types spelled as WIT does.
import type { Component, ComponentFunction, Entities, Entity } from "./component/model.ts";
import { callTypes } from "./component/signature.ts";
import { witTypeText } from "./component/wit-type.ts";
import type { CoreModule, Feature } from "./core/module.ts";
import { linkedInterfaces } from "./linked.ts";
import { firstMemory } from "./inspect-core.ts";
import type { FunctionSignature, InspectedMemory, InspectedModule } from "./inspection.ts";
import { list } from "./listing.ts";
import { unsupportedFeatures, unsupportedInterfaces } from "./unsupported.ts";

const httpHandler = /^wasi:http\/incoming-handler@0\.2\./;
const wasiInterface = /^wasi:/;

export function inspectComponent(component: Component): InspectedModule {
  const modules = component.modules.map(({ module }) => module);
  const imported = instanceNames(component.imports);
  const exported = instanceNames(component.exports);
  const { interfaces, functions, unsupported } = list(imported, signatures(component.exports));
  const named = [...imported, ...exported];
  return {
    ok: true,
    kind: "component",
    wasi: named.some((name) => wasiInterface.test(name)) ? "preview2" : "none",
    interfaces,
    required: requiredNames(component.imports),
    functions,
    memory: largestMemory(modules),
    convention: exported.some((name) => httpHandler.test(name)) ? "http" : "component",
    unsupported: [
      ...unsupportedFeatures(featuresOf(modules)),
      ...unsupportedInterfaces(named),
      ...linkedInterfaces(component).faults,
      ...unsupported,
    ],
  };
}

function instanceNames(entities: Entities): string[] {
  return [...entities].filter(([, { kind }]) => kind === "instance").map(([name]) => name);
}

// An instance that holds nothing but types takes nothing to provide, unless one of them is a resource.
function requiredNames(imports: Entities): string[] {
  return [...imports].flatMap(([name, entity]) => {
    if (entity.kind !== "instance") return [];
    return [...entity.type.exports.values()].every(isPlainType) ? [] : [name];
  });
}

function isPlainType(entity: Entity): boolean {
  if (entity.kind !== "type") return false;
  return entity.type.kind === "value" && entity.type.type.shape.kind !== "resource";
}

// One level of instances, as WIT has it: deeper ones could unfold without end.
function* signatures(exports: Entities): Generator<FunctionSignature> {
  for (const [name, entity] of exports) {
    if (entity.kind === "func") yield signature(name, entity.type);
    if (entity.kind !== "instance") continue;
    for (const [inner, member] of entity.type.exports) {
      if (member.kind === "func") yield signature(`${name}#${inner}`, member.type);
    }
  }
}

function signature(name: string, type: ComponentFunction): FunctionSignature {
  const listed = {
    name,
    parameters: type.parameters.map((parameter) => ({
      name: parameter.name,
      type: witTypeText(parameter.type),
    })),
    results: type.result === null ? [] : [witTypeText(type.result)],
  };
  const wit = callTypes(name, type);
  return typeof wit === "string"
    ? { ...listed, style: "none", reason: wit }
    : { ...listed, style: "wit", wit };
}

// Of a component's core modules the one with the most pages is the program; the rest adapt.
function largestMemory(modules: readonly CoreModule[]): InspectedMemory | null {
  let largest: InspectedMemory | null = null;
  for (const module of modules) {
    const memory = firstMemory(module);
    if (memory !== null && memory.initialPages > (largest?.initialPages ?? -1)) largest = memory;
  }
  return largest;
}

function featuresOf(modules: readonly CoreModule[]): ReadonlySet<Feature> {
  return new Set(modules.flatMap(({ features }) => [...features]));
}
