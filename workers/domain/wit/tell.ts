// Writes what jco's glue gives back as JSON by its WIT type, so that check.ts reads the same value from it.
// It writes no more than it is allowed to: a guest's list can be larger as JSON than any answer may be.
import { CaseIndex } from "./case-index.ts";
import type { WitType } from "./type.ts";
import { isNullable, keyOf } from "./value.ts";

/** The JSON would be longer than the caller allows. */
export class TooLong extends Error {
  readonly charactersMax: number;

  constructor(charactersMax: number) {
    super(`The value takes more than the ${charactersMax} characters of JSON that are allowed.`);
    this.name = "TooLong";
    this.charactersMax = charactersMax;
  }
}

/**
 * A value that stands inside another, or is a parameter. Throws TooLong, and TypeError where the value is not of the
 * type.
 */
export function tell(type: WitType, value: unknown, charactersMax = Infinity): string {
  const writer = new Writer(charactersMax);
  writer.value(type, value);
  return writer.text;
}

/**
 * What a function returned; null for no result. The glue gives a function's own `result` without its `ok`,
 * and throws its `err` as a ComponentError: for the payload of that one there is tellThrown.
 */
export function tellReturned(
  result: WitType | null,
  value: unknown,
  charactersMax?: number,
): string | null {
  if (result === null) return null;
  const whole = result.kind === "result" ? { tag: "ok", val: value } : value;
  return tell(result, whole, charactersMax);
}

/** The payload of a ComponentError; only a function whose own result is a `result` throws one. */
export function tellThrown(
  result: WitType | null,
  payload: unknown,
  charactersMax?: number,
): string {
  if (result?.kind !== "result") throw misfit("result", payload);
  return tell(result, { tag: "err", val: payload }, charactersMax);
}

class Writer {
  text = "";
  readonly #charactersMax: number;
  readonly #cases = new CaseIndex();
  readonly #keys = new Map<string, string>();

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  value(type: WitType, value: unknown): void {
    switch (type.kind) {
      case "bool":
        if (typeof value !== "boolean") throw misfit(type.kind, value);
        return this.#write(String(value));
      case "s8":
      case "u8":
      case "s16":
      case "u16":
      case "s32":
      case "u32":
      case "f32":
      case "f64":
        if (typeof value !== "number") throw misfit(type.kind, value);
        return this.#write(numberText(value));
      case "s64":
      case "u64":
        if (typeof value !== "bigint") throw misfit(type.kind, value);
        return this.#write(longText(value));
      case "char":
      case "string":
      case "enum":
        if (typeof value !== "string") throw misfit(type.kind, value);
        return this.#string(value);
      case "list":
        return this.#list(type.element, value);
      case "tuple":
        return this.#tuple(type.elements, value);
      case "record":
        return this.#record(type, value);
      case "variant":
        return this.#variant(type, value);
      case "flags":
        return this.#write(
          JSON.stringify(type.labels.filter((label) => member(value, this.#key(label)) === true)),
        );
      case "option":
        return this.#option(type, value);
      case "result":
        return this.#result(type, value);
      case "map":
      case "own":
      case "borrow":
      case "stream":
      case "future":
      case "error-context":
        throw misfit("type that JSON can write", type.kind);
      default:
        return type satisfies never;
    }
  }

  #list(element: WitType, value: unknown): void {
    const items = itemsOf(value);
    this.#write("[");
    for (let index = 0; index < items.length; index += 1) {
      if (index > 0) this.#write(",");
      this.value(element, items[index]);
    }
    this.#write("]");
  }

  #tuple(elements: readonly WitType[], value: unknown): void {
    const items = itemsOf(value);
    if (items.length !== elements.length) throw misfit(`tuple of ${elements.length}`, value);
    this.#write("[");
    for (const [index, element] of elements.entries()) {
      if (index > 0) this.#write(",");
      this.value(element, items[index]);
    }
    this.#write("]");
  }

  #record({ fields }: WitType & { kind: "record" }, value: unknown): void {
    this.#write("{");
    for (const [index, { name, type }] of fields.entries()) {
      this.#write(`${index > 0 ? "," : ""}${JSON.stringify(name)}:`);
      this.value(type, member(value, this.#key(name)));
    }
    this.#write("}");
  }

  #variant({ cases }: WitType & { kind: "variant" }, value: unknown): void {
    const tag = member(value, "tag");
    const chosen = typeof tag === "string" ? this.#cases.find(cases, tag) : undefined;
    if (chosen === undefined) throw misfit("case of the variant", tag);
    if (chosen.type === null) return this.#string(chosen.name);
    this.#tagged(chosen.name, chosen.type, member(value, "val"));
  }

  #option(type: WitType & { kind: "option" }, value: unknown): void {
    const { element } = type;
    const plain = isNullable(type);
    const isNone = plain ? value === undefined || value === null : member(value, "tag") === "none";
    if (isNone) return this.#write("null");
    const inner = plain ? value : member(value, "val");
    if (element.kind === "option") return this.#tagged("some", element, inner);
    this.value(element, inner);
  }

  #result({ ok, error }: WitType & { kind: "result" }, value: unknown): void {
    const tag = member(value, "tag");
    if (tag !== "ok" && tag !== "err") throw misfit("result", tag);
    this.#tagged(tag, tag === "ok" ? ok : error, member(value, "val"));
  }

  #tagged(tag: string, type: WitType | null, value: unknown): void {
    this.#write(`{${JSON.stringify(tag)}:`);
    if (type === null) this.#write("null");
    else this.value(type, value);
    this.#write("}");
  }

  // A list repeats its elements' labels.
  #key(label: string): string {
    const known = this.#keys.get(label);
    if (known !== undefined) return known;
    const key = keyOf(label);
    this.#keys.set(label, key);
    return key;
  }

  #string(value: string): void {
    // Escapes make it longer still: what is too long already is not escaped first.
    this.#bound(value.length + 2);
    this.#write(JSON.stringify(value));
  }

  #write(piece: string): void {
    this.#bound(piece.length);
    this.text += piece;
  }

  #bound(more: number): void {
    if (this.text.length + more > this.#charactersMax) throw new TooLong(this.#charactersMax);
  }
}

/** A minus zero keeps its sign, which JSON.stringify drops. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function longText(value: bigint): string {
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

function itemsOf(value: unknown): { readonly length: number; readonly [index: number]: unknown } {
  if (Array.isArray(value)) return value;
  // Of the views only DataView is none of numbers, and the glue gives none.
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as Uint8Array;
  throw misfit("list", value);
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) throw misfit("object", value);
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function misfit(expected: string, value: unknown): TypeError {
  const got = value === null ? "null" : typeof value === "string" ? value : typeof value;
  return new TypeError(`The guest's glue gave no ${expected}, but ${got.slice(0, 60)}.`);
}
