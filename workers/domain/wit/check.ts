// Reads JSON by a WIT type into the value that jco's glue takes. The glue itself wraps numbers and takes what is
// missing for false, so everything is checked here; all that is wrong is said at once, each with its path.
import { CaseIndex } from "./case-index.ts";
import type { WitCase, WitParameter, WitType } from "./type.ts";
import type { WitValue } from "./value.ts";
import { isNullable, keyOf, listOf } from "./value.ts";

export type Checked =
  | { readonly ok: true; readonly value: WitValue }
  | { readonly ok: false; readonly faults: readonly string[] };

/** More faults than these are not told. */
const FAULTS_MAX = 20;
const NAMES_TOLD_MAX = 10;
const CHARACTERS_TOLD_MAX = 60;

const RANGES = {
  s8: [-(2 ** 7), 2 ** 7 - 1],
  u8: [0, 2 ** 8 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  u16: [0, 2 ** 16 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
} as const;

const LONG_RANGES = {
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
} as const;

const UNWRITTEN: ReadonlyMap<unknown, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

export function check(type: WitType, given: unknown): Checked {
  const reader = new WitReader();
  const value = reader.within("value", type, given);
  return reader.faults.length === 0 ? { ok: true, value } : reader.refusal();
}

/** Reads several values and gathers what is wrong with any of them. What it reads is of use only without faults. */
export class WitReader {
  readonly faults: string[] = [];
  readonly #path: string[] = [];
  readonly #cases = new CaseIndex();

  within(step: string, type: WitType, given: unknown): WitValue {
    this.#path.push(step);
    const value = this.#read(type, given);
    this.#path.pop();
    return value;
  }

  /** An object's members by the fields' names, under the glue's keys. Optional fields may be missing. */
  fields(
    what: string,
    fields: readonly WitParameter[],
    given: unknown,
  ): readonly (readonly [string, WitValue])[] {
    const names = fields.map(({ name }) => name);
    if (!isObject(given)) {
      this.#refuse(`an object of ${what} ${told(names)}`, given);
      return [];
    }
    const members = new Map(Object.entries(given));
    const known = new Set(names);
    for (const name of members.keys()) {
      if (this.#isFull()) break;
      if (!known.has(name)) this.#fault(`knows no ${clipped(name)}, only ${told(names)}`);
    }
    return fields.map(({ name, type }) => {
      const step = what === "parameters" ? `parameter ${name}` : `.${name}`;
      if (members.has(name) || type.kind === "option") {
        return [keyOf(name), this.within(step, type, members.get(name) ?? null)];
      }
      this.#path.push(step);
      this.#refuse(article(type), undefined);
      this.#path.pop();
      return [keyOf(name), undefined];
    });
  }

  refusal(): { ok: false; faults: readonly string[] } {
    const { faults } = this;
    const told = faults.slice(0, FAULTS_MAX);
    return { ok: false, faults: this.#isFull() ? [...told, "There may be more faults."] : told };
  }

  #read(type: WitType, given: unknown): WitValue {
    switch (type.kind) {
      case "bool":
        return typeof given === "boolean" ? given : this.#refuse("true or false", given);
      case "s8":
      case "u8":
      case "s16":
      case "u16":
      case "s32":
      case "u32":
        return this.#integer(type.kind, given);
      case "s64":
      case "u64":
        return this.#long(type.kind, given);
      case "f32":
      case "f64":
        return this.#float(type.kind, given);
      case "char":
        return isCharacter(given) ? given : this.#refuse("one Unicode character", given);
      case "string":
        return typeof given === "string" && given.isWellFormed()
          ? given
          : this.#refuse("a string of whole Unicode characters", given);
      case "list":
        return this.#list(type.element, given);
      case "tuple":
        return this.#tuple(type.elements, given);
      case "record":
        return Object.fromEntries(this.fields("fields", type.fields, given));
      case "variant":
        return this.#variant(type.cases, given);
      case "enum":
        return typeof given === "string" && this.#cases.hasLabel(type.labels, given)
          ? given
          : this.#refuse(`one of ${told(type.labels)}`, given);
      case "flags":
        return this.#flags(type.labels, given);
      case "option":
        return this.#option(type, given);
      case "result":
        return this.#result(type, given);
      case "map":
      case "own":
      case "borrow":
      case "stream":
      case "future":
      case "error-context":
        return this.#refuse("nothing, since JSON can't write this type", given);
      default:
        return type satisfies never;
    }
  }

  #integer(kind: keyof typeof RANGES, given: unknown): WitValue {
    const [least, most] = RANGES[kind];
    const fits =
      typeof given === "number" && Number.isInteger(given) && given >= least && given <= most;
    // Minus zero is zero here.
    return fits ? given + 0 : this.#refuse(`a ${kind} (${least} to ${most})`, given);
  }

  #long(kind: keyof typeof LONG_RANGES, given: unknown): WitValue {
    const long = longOf(given);
    const [least, most] = LONG_RANGES[kind];
    if (long !== null && long >= least && long <= most) return long;
    return this.#refuse(
      `a ${kind} (${least} to ${most}) as an integer, or as a decimal string beyond 2^53`,
      given,
    );
  }

  #float(kind: "f32" | "f64", given: unknown): WitValue {
    const number = typeof given === "number" ? given : UNWRITTEN.get(given);
    const rounded = kind === "f32" && number !== undefined ? Math.fround(number) : number;
    const overflows = Number.isFinite(number) && !Number.isFinite(rounded);
    return rounded === undefined || overflows
      ? this.#refuse(`an ${kind} as a number, "NaN", "Infinity" or "-Infinity"`, given)
      : rounded;
  }

  #list(element: WitType, given: unknown): WitValue {
    // From inside come bytes as they are.
    if (element.kind === "u8" && given instanceof Uint8Array) return given;
    if (!Array.isArray(given)) return this.#refuse("an array", given);
    const items: readonly unknown[] = given;
    const values: WitValue[] = [];
    for (const item of items) {
      if (this.#isFull()) break;
      values.push(this.within(`[${values.length}]`, element, item));
    }
    return listOf(element, values);
  }

  #tuple(elements: readonly WitType[], given: unknown): WitValue {
    if (!Array.isArray(given) || given.length !== elements.length) {
      return this.#refuse(`an array of ${elements.length}`, given);
    }
    const items: readonly unknown[] = given;
    return elements.map((element, index) => this.within(`[${index}]`, element, items[index]));
  }

  #variant(cases: readonly WitCase[], given: unknown): WitValue {
    const [tag, payload] = typeof given === "string" ? [given] : (onlyMember(given) ?? []);
    const chosen = tag === undefined ? undefined : this.#cases.find(cases, tag);
    if (tag === undefined || chosen === undefined) {
      return this.#refuse(`one of the cases ${told(cases.map(({ name }) => name))}`, given);
    }
    const bare = typeof given === "string";
    if (chosen.type === null) {
      return bare ? { tag } : this.#refuse(`"${tag}" alone, which carries nothing`, given);
    }
    if (bare) return this.#refuse(`{"${tag}": …}, which carries ${article(chosen.type)}`, given);
    return { tag, val: this.within(`.${tag}`, chosen.type, payload) };
  }

  // The glue looks every label up, and would find a missing one in an object's prototype.
  #flags(labels: readonly string[], given: unknown): WitValue {
    const set = new Set<unknown>(Array.isArray(given) ? given : []);
    const isSound =
      Array.isArray(given) &&
      set.size === given.length &&
      given.every((label) => labels.includes(label));
    if (!isSound) return this.#refuse(`an array of some of ${told(labels)}, each once`, given);
    return Object.fromEntries(labels.map((label) => [keyOf(label), set.has(label)]));
  }

  #option(type: WitType & { kind: "option" }, given: unknown): WitValue {
    const { element } = type;
    const plain = isNullable(type);
    if (given === null) return plain ? undefined : { tag: "none" };
    if (element.kind !== "option") return this.#read(element, given);
    const [key, payload] = onlyMember(given) ?? [];
    if (key !== "some") return this.#refuse('null or {"some": …}', given);
    const value = this.within(".some", element, payload);
    return plain ? value : { tag: "some", val: value };
  }

  #result({ ok, error }: WitType & { kind: "result" }, given: unknown): WitValue {
    const [tag, payload] = onlyMember(given) ?? [];
    if (tag !== "ok" && tag !== "err") return this.#refuse('{"ok": …} or {"err": …}', given);
    const type = tag === "ok" ? ok : error;
    if (type !== null) return { tag, val: this.within(`.${tag}`, type, payload) };
    return payload === null
      ? { tag, val: undefined }
      : this.#refuse(`{"${tag}": null}, which carries nothing`, given);
  }

  #refuse(expected: string, given: unknown): undefined {
    this.#fault(`expected ${expected}, got ${describe(given)}`);
  }

  #fault(message: string): void {
    if (this.#isFull()) return;
    const path = this.#path.join("");
    this.faults.push(path === "" ? message : `${path}: ${message}`);
  }

  #isFull(): boolean {
    return this.faults.length >= FAULTS_MAX;
  }
}

function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** Of an object with one member: its name and its value. */
function onlyMember(given: unknown): readonly [string, unknown] | null {
  if (!isObject(given)) return null;
  const members: readonly [string, unknown][] = Object.entries(given);
  return members.length === 1 ? (members[0] ?? null) : null;
}

function longOf(given: unknown): bigint | null {
  if (typeof given === "number") return Number.isSafeInteger(given) ? BigInt(given) : null;
  return typeof given === "string" && /^-?\d{1,20}$/.test(given) ? BigInt(given) : null;
}

function isCharacter(given: unknown): given is string {
  if (typeof given !== "string" || given === "" || !given.isWellFormed()) return false;
  return given.length === ((given.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
}

function article({ kind }: WitType): string {
  return /^[aeio]|^[fs]\d/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function told(names: readonly string[]): string {
  const first = names.slice(0, NAMES_TOLD_MAX).map(clipped).join(", ");
  return names.length > NAMES_TOLD_MAX
    ? `${first} and ${names.length - NAMES_TOLD_MAX} more`
    : first;
}

function clipped(text: string): string {
  return text.length > CHARACTERS_TOLD_MAX ? `${text.slice(0, CHARACTERS_TOLD_MAX)}…` : text;
}

/** Short, whatever was given. */
function describe(given: unknown): string {
  if (given === undefined) return "nothing";
  if (typeof given === "string") return JSON.stringify(clipped(given));
  if (Array.isArray(given)) return `an array of ${given.length}`;
  if (!isObject(given)) return JSON.stringify(given);
  return `an object of ${told(Object.keys(given)) || "nothing"}`;
}
