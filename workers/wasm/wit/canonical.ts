// Gives every type of an interface a number, the same for the same type of another version: aliases
// and uses are followed to what they stand for. Records and their like are known by their name alone;
// whether their insides agree is compared where they are defined.
import type { WitDefinition, WitInterface, WitType, WitTypeDefinition } from "./interface.ts";

/** The number of a type that stands in the interface with the given id. */
export type Canonical = (type: WitType | null, interfaceId: string) => number;

/** The numbers given so far. Two interfaces are comparable when they share one. */
export type Numbers = Map<string, number>;

export function canonicalTypes(of: WitInterface, numbers: Numbers): Canonical {
  const known = new Map<string, number>();
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  const nameOf = (name: string, interfaceId: string): number =>
    known.get(`${interfaceId}#${name}`) ?? numberOf(`${importKey(interfaceId, of.id)}#${name}`);
  const canonical: Canonical = (type, interfaceId) => {
    if (type === null) return numberOf("nothing");
    if (type.kind === "primitive") return numberOf(type.name);
    if (type.kind === "named") return nameOf(type.name, interfaceId);
    const parameters = type.parameters.map((parameter) => canonical(parameter, interfaceId));
    return numberOf(`${type.name}<${parameters.join()};${type.length ?? ""}>`);
  };
  const standsFor = (definition: WitDefinition, interfaceId: string): number | null => {
    if (definition.kind === "alias") return canonical(definition.type, interfaceId);
    return definition.kind === "use" ? nameOf(definition.name, definition.interfaceId) : null;
  };
  const learn = (interfaceId: string, types: readonly WitTypeDefinition[]): void => {
    for (const { name, definition } of types) {
      const number = standsFor(definition, interfaceId);
      if (number !== null) known.set(`${interfaceId}#${name}`, number);
    }
  };
  for (const { id, types } of of.imports) learn(id, types);
  learn(of.id, of.types);
  return canonical;
}

/**
 * An imported interface's id without what may differ between versions that can stand in for each
 * other: 1.2.0 and 1.3.0, 0.2.0 and 0.2.1; and in one's own package, whose version is the change itself.
 */
export function importKey(id: string, ownId: string): string {
  const [path = "", version] = id.split("@", 2);
  const packageName = path.slice(0, path.indexOf("/") + 1);
  if (version === undefined || ownId.startsWith(packageName)) return path;
  const [major, minor] = /^(\d+)\.(\d+)\.\d+(?:\+.*)?$/.exec(version)?.slice(1) ?? [];
  if (major === undefined || (major === "0" && minor === "0")) return id;
  return major === "0" ? `${path}@0.${minor}` : `${path}@${major}`;
}
