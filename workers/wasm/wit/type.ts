// Reads the types of a component as the reference tools print them: `(list u8)`, `(record (field …))`.
// It refuses a form that it doesn't know.
import { WIT_PRIMITIVES } from "#domain/wit/type.ts";
import { type Expression, indexOf, listOf, stringOf, unexpected } from "./expression.ts";
import { genericNames, type WitCompound, type WitType } from "./interface.ts";

/** Answers what an index stands for. */
export type Resolve = (index: number) => WitType;

const primitives: ReadonlySet<string> = new Set(WIT_PRIMITIVES);

export function readType(expression: Expression | undefined, resolve: Resolve): WitType {
  if (typeof expression === "string") {
    if (primitives.has(expression)) return { kind: "primitive", name: expression };
    return resolve(indexOf(expression));
  }
  const owned = listOf(expression, "own");
  if (owned) return readType(owned[0], resolve);
  const name = genericNames.find((generic) => generic === expression?.[0]);
  if (expression === undefined || name === undefined) throw unexpected(expression);
  const items = expression.slice(1);
  if (name === "result") {
    const failure = items.map((item) => listOf(item, "error")).find((list) => list !== null);
    const success = items.find((item) => listOf(item, "error") === null);
    const parameters = [success, failure?.[0]].map((item) =>
      item === undefined ? null : readType(item, resolve),
    );
    return { kind: "generic", name, parameters, length: null };
  }
  const length = name === "list" && items.length === 2 ? indexOf(items.pop()) : null;
  const parameters = items.map((item) => readType(item, resolve));
  return { kind: "generic", name, parameters, length };
}

/** A record, variant, enum or flags; null for any other type. */
export function readCompound(
  expression: Expression | undefined,
  resolve: Resolve,
): WitCompound | null {
  const record = listOf(expression, "record");
  if (record) return { kind: "record", members: record.map((item) => readMember(item, resolve)) };
  const variant = listOf(expression, "variant");
  if (variant)
    return { kind: "variant", members: variant.map((item) => readMember(item, resolve)) };
  const cases = listOf(expression, "enum");
  if (cases) return { kind: "enum", members: cases.map(bareMember) };
  const flags = listOf(expression, "flags");
  return flags ? { kind: "flags", members: flags.map(bareMember) } : null;
}

/** Of `(field "width" u32)`, `(case "none")` or `(case "some" 4)`. */
function readMember(expression: Expression, resolve: Resolve): WitCompound["members"][number] {
  const list = listOf(expression, "field") ?? listOf(expression, "case");
  if (!list) throw unexpected(expression);
  const [name, type] = list;
  return { name: stringOf(name), type: type === undefined ? null : readType(type, resolve) };
}

function bareMember(expression: Expression): WitCompound["members"][number] {
  return { name: stringOf(expression), type: null };
}
