// A component's function as a call needs it: its types as a plain tree, bounded, or the reason why no call
// can be made. Whether jco accepts the component is another question, which preparing answers.
import { WIT_CHARACTERS_MAX, WIT_PARTS_MAX } from "#domain/wit/type.ts";
import type { WitParameter, WitType } from "#domain/wit/type.ts";
import { keyOf } from "#domain/wit/value.ts";
import type { ComponentFunction } from "./model.ts";
import type { WitField, WitType as ReadType } from "./wit-type.ts";

export type CallTypes = {
  readonly parameters: readonly WitParameter[];
  readonly result: WitType | null;
};

// As the component model has it.
const flagsMax = 32;

const method = /\[(?:constructor|method|static)\]/;

// Words of letters and digits, as WIT has them: their keys in JavaScript are known.
const label = /^[a-zA-Z][a-zA-Z0-9]*(?:-[a-zA-Z0-9]+)*$/;

// A string is the reason why the function can't be called.
export function callTypes(name: string, type: ComponentFunction): CallTypes | string {
  if (method.test(name)) return "It belongs to a resource, which no call can hold.";
  if (type.async) return "It is async; nodes call functions that return at once.";
  const weights = [...type.parameters.map(({ type }) => type), type.result ?? []].flat();
  // What is shared unfolds: it is refused by its weight, before it is walked.
  if (weights.reduce((sum, { weight }) => sum + weight, 0) > WIT_PARTS_MAX) return tooLarge;
  const conversion = new Conversion();
  const parameters = conversion.fields(type.parameters);
  const result = type.result === null ? null : conversion.convert(type.result);
  return conversion.reason ?? { parameters, result };
}

const tooLarge = `Its types unfold to more than ${WIT_PARTS_MAX} parts or ${WIT_CHARACTERS_MAX} characters of names.`;

class Conversion {
  reason: string | null = null;
  #parts = 0;
  #characters = 0;

  convert(type: ReadType): WitType {
    const { name } = type;
    this.#count(1, name?.length ?? 0);
    const shape = this.#shape(type);
    return name === null ? shape : { ...shape, name };
  }

  fields(fields: readonly WitField[]): WitParameter[] {
    this.#labels(fields.map(({ name }) => name));
    return fields.map(({ name, type }) => ({ name, type: this.convert(type) }));
  }

  #shape({ shape }: ReadType): WitType {
    switch (shape.kind) {
      case "primitive":
        if (shape.primitive === "error-context") this.#refuse("an error-context");
        return { kind: shape.primitive };
      case "record":
        return { kind: "record", fields: this.fields(shape.fields) };
      case "variant":
        this.#labels(shape.cases.map(({ name }) => name));
        return {
          kind: "variant",
          cases: shape.cases.map(({ name, type }) => ({ name, type: this.#optional(type) })),
        };
      case "list":
        if (shape.length !== null) this.#refuse("a list of fixed length");
        return shape.length === null
          ? { kind: "list", element: this.convert(shape.element) }
          : { kind: "list", element: this.convert(shape.element), length: shape.length };
      case "map":
        this.#refuse("a map");
        return { kind: "map", key: this.convert(shape.key), value: this.convert(shape.value) };
      case "tuple":
        return { kind: "tuple", elements: shape.elements.map((element) => this.convert(element)) };
      case "flags":
      case "enum":
        if (shape.kind === "flags" && shape.labels.length > flagsMax) {
          this.reason ??= `It takes or gives more than ${flagsMax} flags in one.`;
        }
        this.#labels(shape.labels);
        return { kind: shape.kind, labels: shape.labels };
      case "option":
        return { kind: "option", element: this.convert(shape.element) };
      case "result":
        return {
          kind: "result",
          ok: this.#optional(shape.ok),
          error: this.#optional(shape.error),
        };
      case "own":
      case "borrow":
        this.#refuse(`a resource${nameText(shape.resource)}`);
        return { kind: shape.kind, resource: shape.resource.name };
      case "stream":
      case "future":
        this.#refuse(`a ${shape.kind}`);
        return { kind: shape.kind, element: this.#optional(shape.element) };
      case "resource":
        this.#refuse("a resource");
        return { kind: "own", resource: null };
      default:
        return shape satisfies never;
    }
  }

  #optional(type: ReadType | null): WitType | null {
    return type === null ? null : this.convert(type);
  }

  #labels(labels: readonly string[]): void {
    const odd = labels.find((text) => !label.test(text));
    if (odd !== undefined) this.reason ??= `The name ${odd} is none that WIT allows.`;
    if (new Set(labels.map(keyOf)).size < labels.length) {
      this.reason ??= `Of ${labels.slice(0, 10).join(", ")} two names are the same in JavaScript.`;
    }
    this.#count(
      labels.length,
      labels.reduce((sum, text) => sum + text.length, 0),
    );
  }

  #refuse(what: string): void {
    this.reason ??= `It takes or gives ${what}, which JSON can't write.`;
  }

  #count(parts: number, characters: number): void {
    this.#parts += parts;
    this.#characters += characters;
    if (this.#parts > WIT_PARTS_MAX || this.#characters > WIT_CHARACTERS_MAX) {
      this.reason ??= tooLarge;
    }
  }
}

function nameText({ name }: ReadType): string {
  return name === null ? "" : ` (${name})`;
}
