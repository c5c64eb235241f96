// The types of the component model as values, each with its WIT spelling and its unfolded size.
// Types refer to earlier ones, so a small binary could unfold without end: what is too deep or too
// large is refused as the reference tools do, and a long spelling is shortened.
import type { WitPrimitive } from "#domain/wit/type.ts";

export type WitShape =
  | { readonly kind: "primitive"; readonly primitive: WitPrimitive }
  | { readonly kind: "record"; readonly fields: readonly WitField[] }
  | { readonly kind: "variant"; readonly cases: readonly WitCase[] }
  | { readonly kind: "list"; readonly element: WitType; readonly length: number | null }
  | { readonly kind: "map"; readonly key: WitType; readonly value: WitType }
  | { readonly kind: "tuple"; readonly elements: readonly WitType[] }
  | { readonly kind: "flags"; readonly labels: readonly string[] }
  | { readonly kind: "enum"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly element: WitType }
  | { readonly kind: "result"; readonly ok: WitType | null; readonly error: WitType | null }
  | { readonly kind: "own"; readonly resource: WitType }
  | { readonly kind: "borrow"; readonly resource: WitType }
  | { readonly kind: "stream"; readonly element: WitType | null }
  | { readonly kind: "future"; readonly element: WitType | null }
  | { readonly kind: "resource" };

export type WitField = { readonly name: string; readonly type: WitType };

export type WitCase = { readonly name: string; readonly type: WitType | null };

// `name` is what an export or import called the type; `weight` counts its parts, unfolded.
export type WitType = {
  readonly shape: WitShape;
  readonly name: string | null;
  readonly weight: number;
  readonly depth: number;
  readonly textLength: number;
};

export const typeWeightMax = 1_000_000;
export const typeDepthMax = 100;
const textLengthMax = 2_000;

// Null stands for a type too large to be used.
export function witType(shape: WitShape): WitType | null {
  let weight = 1;
  let depth = 1;
  let textLength = shape.kind.length;
  for (const part of partsOf(shape)) {
    weight += part.weight;
    depth = Math.max(depth, part.depth + 1);
    textLength += part.textLength;
  }
  if (weight > typeWeightMax || depth > typeDepthMax) return null;
  for (const label of labelsOf(shape)) textLength += label.length;
  return { shape, name: null, weight, depth, textLength };
}

// The same type under the name that an export or import gave it.
export function named(type: WitType, name: string): WitType {
  return { ...type, name, textLength: name.length };
}

// The type as WIT writes it where it is used: its name, else its spelling, shortened if too long.
export function witTypeText({ shape, name, textLength }: WitType): string {
  if (name !== null) return name;
  return textLength > textLengthMax ? `${shape.kind}<…>` : spell(shape);
}

function labelsOf(shape: WitShape): readonly string[] {
  switch (shape.kind) {
    case "record":
      return shape.fields.map(({ name }) => name);
    case "variant":
      return shape.cases.map(({ name }) => name);
    case "flags":
    case "enum":
      return shape.labels;
    case "primitive":
    case "list":
    case "map":
    case "tuple":
    case "option":
    case "result":
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "resource":
      return [];
    default:
      return shape satisfies never;
  }
}

function partsOf(shape: WitShape): readonly WitType[] {
  switch (shape.kind) {
    case "primitive":
    case "flags":
    case "enum":
    case "resource":
      return [];
    case "record":
      return shape.fields.map(({ type }) => type);
    case "variant":
      return shape.cases.flatMap(({ type }) => type ?? []);
    case "tuple":
      return shape.elements;
    case "map":
      return [shape.key, shape.value];
    case "result":
      return [shape.ok ?? [], shape.error ?? []].flat();
    case "own":
    case "borrow":
      return [shape.resource];
    case "list":
    case "option":
    case "stream":
    case "future":
      return shape.element === null ? [] : [shape.element];
    default:
      return shape satisfies never;
  }
}

function spell(shape: WitShape): string {
  switch (shape.kind) {
    case "primitive":
      return shape.primitive;
    case "record":
      return `record { ${shape.fields.map(({ name, type }) => `${name}: ${witTypeText(type)}`).join(", ")} }`;
    case "variant":
      return `variant { ${shape.cases.map(spellCase).join(", ")} }`;
    case "list":
      return shape.length === null
        ? `list<${witTypeText(shape.element)}>`
        : `list<${witTypeText(shape.element)}, ${shape.length}>`;
    case "map":
      return `map<${witTypeText(shape.key)}, ${witTypeText(shape.value)}>`;
    case "tuple":
      return `tuple<${shape.elements.map(witTypeText).join(", ")}>`;
    case "flags":
    case "enum":
      return `${shape.kind} { ${shape.labels.join(", ")} }`;
    case "option":
      return `option<${witTypeText(shape.element)}>`;
    case "result":
      return spellResult(shape.ok, shape.error);
    case "own":
      return witTypeText(shape.resource);
    case "borrow":
      return `borrow<${witTypeText(shape.resource)}>`;
    case "stream":
    case "future":
      return shape.element === null ? shape.kind : `${shape.kind}<${witTypeText(shape.element)}>`;
    case "resource":
      return "resource";
    default:
      return shape satisfies never;
  }
}

function spellCase({ name, type }: WitCase): string {
  return type === null ? name : `${name}(${witTypeText(type)})`;
}

function spellResult(ok: WitType | null, error: WitType | null): string {
  if (ok === null && error === null) return "result";
  const okText = ok === null ? "_" : witTypeText(ok);
  return error === null ? `result<${okText}>` : `result<${okText}, ${witTypeText(error)}>`;
}
