// The interfaces that a component imports and no host has: a link leads each of them to another component. What no call
// by a link can carry is told by its name.
import { isLinkable } from "#domain/linked.ts";
import type { LinkedInterface } from "#domain/linked.ts";
import { withoutVersion } from "#domain/wasi.ts";
import type { Component, Entity, InstanceShape } from "./component/model.ts";
import { callTypes } from "./component/signature.ts";

/** As JSON they are a part of what an isolate is loaded with. */
const CHARACTERS_MAX = 1_000_000;

type Linked = {
  readonly interfaces: readonly (LinkedInterface & { readonly imported: string })[];
  readonly faults: readonly string[];
};

export function linkedInterfaces({ imports }: Pick<Component, "imports">): Linked {
  const interfaces: (LinkedInterface & { imported: string })[] = [];
  const faults: string[] = [];
  let characters = 0;
  for (const [imported, entity] of imports) {
    if (entity.kind !== "instance" || !isLinkable(imported)) continue;
    const name = withoutVersion(imported);
    const read = functionsOf(imported, entity.type);
    if (interfaces.some((one) => one.name === name)) {
      faults.push(
        `${imported}: a link leads to an interface in one version, and it is imported in two.`,
      );
    }
    characters += JSON.stringify(read.functions).length;
    if (characters > CHARACTERS_MAX) {
      faults.push(
        `${imported}: expected linked interfaces that take ${CHARACTERS_MAX} characters, got more.`,
      );
      return { interfaces, faults };
    }
    faults.push(...read.faults);
    if (read.functions.length > 0) interfaces.push({ name, imported, functions: read.functions });
  }
  return { interfaces, faults };
}

function functionsOf(imported: string, { exports }: InstanceShape) {
  const functions: LinkedInterface["functions"][number][] = [];
  const faults: string[] = [];
  for (const [name, member] of exports) {
    if (isResource(member))
      faults.push(`${imported}#${name} is a resource, which no link carries.`);
    if (member.kind !== "func") continue;
    const types = callTypes(name, member.type);
    if (typeof types === "string") faults.push(`${imported}#${name} can't be linked: ${types}`);
    else functions.push({ name, style: "wit", ...types });
  }
  return { functions, faults };
}

function isResource(member: Entity): boolean {
  if (member.kind !== "type" || member.type.kind !== "value") return false;
  return member.type.type.shape.kind === "resource";
}
