// Reads a world's types, as the reference tools encode and print them, back into interfaces. The
// encoding is where names are resolved, so nothing here looks anything up by name; a form that isn't
// known is refused, since it would be compared wrongly.
import {
  type Expression,
  indexOf,
  listOf,
  listsOf,
  readExpression,
  stringOf,
  unexpected,
} from "./expression.ts";
import type { WitDefinition, WitFunction, WitType, WitTypeDefinition } from "./interface.ts";
import { type Resolve, readCompound, readType } from "./type.ts";

export interface DecodedInterface {
  readonly id: string;
  readonly functions: readonly WitFunction[];
  readonly types: readonly WitTypeDefinition[];
}

interface Origin {
  readonly interfaceId: string;
  readonly name: string;
}

/** What one index of an interface's types stands for. */
type Slot =
  | { readonly tag: "type"; readonly type: WitType }
  | { readonly tag: "definition"; readonly definition: WitDefinition }
  | { readonly tag: "use"; readonly origin: Origin }
  | { readonly tag: "function"; readonly function: Omit<WitFunction, "name"> };

/** Every interface that the printed world imports, in the order of their dependence. */
export function decodeWorld(printed: string): DecodedInterface[] {
  const world = worldOf(readExpression(printed));
  /** The world's types: an interface's body, or a type that was taken out of one. */
  const types: (readonly Expression[] | Origin)[] = [];
  const interfaces: DecodedInterface[] = [];
  for (const item of world) {
    const type = listOf(item, "type");
    const imported = listOf(item, "import");
    const alias = listOf(item, "alias");
    if (type) {
      const body = listOf(type[0], "instance");
      if (!body) throw unexpected(item);
      types.push(body);
    } else if (alias) {
      const source = interfaces[indexOf(alias[1])];
      if (alias[0] !== "export" || !source) throw unexpected(item);
      types.push({ interfaceId: source.id, name: stringOf(alias[2]) });
    } else if (imported) {
      const reference = listOf(listOf(imported[1], "instance")?.[0], "type");
      const body = types[indexOf(reference?.[0])];
      if (!isBody(body)) throw unexpected(item);
      interfaces.push(
        decodeInterface(stringOf(imported[0]), body, (index) => originIn(types, index)),
      );
    } else throw unexpected(item);
  }
  return interfaces;
}

function decodeInterface(
  id: string,
  body: readonly Expression[],
  outer: (index: number) => Origin,
): DecodedInterface {
  const slots: Slot[] = [];
  const functions: WitFunction[] = [];
  const types: WitTypeDefinition[] = [];
  const resolve: Resolve = (index) => {
    const slot = slots[index];
    if (slot?.tag !== "type") throw unexpected(String(index));
    return slot.type;
  };
  for (const item of body) {
    const type = listOf(item, "type");
    const alias = listOf(item, "alias");
    const exported = listOf(item, "export");
    if (type) slots.push(readSlot(type[0], resolve));
    else if (alias?.[0] === "outer") slots.push({ tag: "use", origin: outer(indexOf(alias[2])) });
    else if (exported) {
      const name = stringOf(exported[0]);
      const exportedFunction = listOf(exported[1], "func");
      if (exportedFunction) {
        const slot = slots[indexOf(listOf(exportedFunction[0], "type")?.[0])];
        if (slot?.tag !== "function") throw unexpected(item);
        functions.push({ name, ...slot.function });
      } else {
        types.push({ name, definition: definitionOf(listOf(exported[1], "type")?.[0], slots) });
        slots.push({ tag: "type", type: { kind: "named", name } });
      }
    } else throw unexpected(item);
  }
  return { id, functions, types };
}

function readSlot(expression: Expression | undefined, resolve: Resolve): Slot {
  const signature = listOf(expression, "func");
  if (signature) {
    const [result] = listsOf(signature, "result");
    const parameters = listsOf(signature, "param").map(([name, type]) => ({
      name: stringOf(name),
      type: readType(type, resolve),
    }));
    return {
      tag: "function",
      function: {
        isAsync: signature.includes("async"),
        parameters,
        result: result ? readType(result[0], resolve) : null,
      },
    };
  }
  const definition = readCompound(expression, resolve);
  return definition
    ? { tag: "definition", definition }
    : { tag: "type", type: readType(expression, resolve) };
}

/** Of `(sub resource)` or `(eq 4)`. */
function definitionOf(bound: Expression | undefined, slots: readonly Slot[]): WitDefinition {
  if (listOf(bound, "sub")?.[0] === "resource") return { kind: "resource" };
  const slot = slots[indexOf(listOf(bound, "eq")?.[0])];
  if (slot?.tag === "definition") return slot.definition;
  if (slot?.tag === "type") return { kind: "alias", type: slot.type };
  if (slot?.tag === "use") return { kind: "use", ...slot.origin };
  throw unexpected(bound);
}

/** The world lies in a component in the component that was embedded. */
function worldOf(printed: Expression): readonly Expression[] {
  const outer = listsOf(listOf(printed, "component") ?? [], "type")[0];
  const inner = listsOf(listOf(outer?.[0], "component") ?? [], "type")[0];
  const world = listOf(inner?.[0], "component");
  if (!world) throw unexpected(printed);
  return world;
}

function isBody(type: readonly Expression[] | Origin | undefined): type is readonly Expression[] {
  return Array.isArray(type);
}

function originIn(types: readonly (readonly Expression[] | Origin)[], index: number): Origin {
  const type = types[index];
  if (type === undefined || !("interfaceId" in type)) throw unexpected(String(index));
  return type;
}
