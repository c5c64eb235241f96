// Follows an interface's types into the interfaces it imports, so that a change there counts only
// when it is one that can be seen from here.
import type { DecodedInterface } from "./decode.ts";
import type {
  WitCompound,
  WitDefinition,
  WitImport,
  WitType,
  WitTypeDefinition,
} from "./interface.ts";

/** All imports of an interface, each with the types that are reached. */
export function reachableImports(
  own: DecodedInterface,
  interfaces: readonly DecodedInterface[],
): WitImport[] {
  const imports = interfaces.filter(({ id }) => id !== own.id);
  const definitions = new Map(
    imports.map(({ id, types }) => [id, new Map(types.map((type) => [type.name, type]))]),
  );
  const reached = new Set<WitTypeDefinition>();
  const waiting = own.types.flatMap(({ definition }) => usesOf(definition, own.id));
  for (let use = waiting.pop(); use; use = waiting.pop()) {
    const found = definitions.get(use.interfaceId)?.get(use.name);
    if (!found || reached.has(found)) continue;
    reached.add(found);
    waiting.push(...usesOf(found.definition, use.interfaceId));
  }
  return imports.map(({ id, types }) => ({ id, types: types.filter((type) => reached.has(type)) }));
}

interface Use {
  readonly interfaceId: string;
  readonly name: string;
}

/** What a definition refers to; plain names belong to the interface that it stands in. */
function usesOf(definition: WitDefinition, interfaceId: string): Use[] {
  if (definition.kind === "use") return [definition];
  const types = definition.kind === "alias" ? [definition.type] : typesWithin(definition);
  return types.flatMap(namesIn).map((name) => ({ interfaceId, name }));
}

function typesWithin(definition: WitCompound | { readonly kind: "resource" }): (WitType | null)[] {
  return definition.kind === "resource" ? [] : definition.members.map(({ type }) => type);
}

function namesIn(type: WitType | null): string[] {
  if (type === null || type.kind === "primitive") return [];
  return type.kind === "named" ? [type.name] : type.parameters.flatMap(namesIn);
}
