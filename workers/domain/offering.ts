// What a module offers, told for people and programs that want to call it: each exported function with the JSON
// that it takes and gives, and where it can't be called, why.
import type { CoreSignature, FunctionSignature, Module, ValueType } from "./module.ts";
import { FLOAT, array, integer, long, object, requiredOf, schemaOf } from "./wit/schema.ts";
import type { Schema } from "./wit/schema.ts";
import { witText } from "./wit/text.ts";

export type OfferedFunction = {
  readonly name: string;
  readonly style: FunctionSignature["style"] | null;
  readonly callable: boolean;
  /** Why it can't be called; null where it can. */
  readonly reason: string | null;
  readonly wit: string | null;
  /** What a call's `parameters` may be; null where its types are not known. */
  readonly parameters: Schema | null;
  /** What its `returnValue` may be once it is parsed; null where its types are not known. */
  readonly result: Schema | null;
};

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

type Parameter = {
  readonly name: string;
  readonly schema: Schema;
};

export function offeringOf(module: Module): OfferedFunction[] {
  const signatures = new Map(module.signatures.map((item) => [item.name, item]));
  const refused = new Map(module.uncallable.map((item) => [item.name, item]));
  return module.exportedFunctions.map((name): OfferedFunction => {
    const signature = signatures.get(name);
    if (signature !== undefined) {
      return {
        name,
        style: signature.style,
        callable: true,
        reason: null,
        wit: signature.style === "wit" ? witText(signature) : null,
        parameters: { $schema: DIALECT, ...parametersOf(signature) },
        result: { $schema: DIALECT, ...resultOf(signature) },
      };
    }
    const { wit = null, reason = "It was registered before the reason was kept." } =
      refused.get(name) ?? {};
    return { name, style: null, callable: false, reason, wit, parameters: null, result: null };
  });
}

/** An array in order or an object by name; a document may be any JSON. */
function parametersOf(signature: FunctionSignature): Schema {
  if (signature.style === "wit") {
    const parameters = signature.parameters.map(({ name, type }) => ({
      name,
      schema: schemaOf(type),
    }));
    return listOrObject(parameters, requiredOf(signature.parameters));
  }
  if (signature.style !== "numbers") return {};
  const parameters = signature.parameters.map(({ name, type }, index) => ({
    name: name ?? `p${index}`,
    schema: numberTaken(type),
  }));
  return listOrObject(
    parameters,
    parameters.map(({ name }) => name),
  );
}

// A schema stands once, by its position: a core module's names may be any text.
function listOrObject(parameters: readonly Parameter[], required: readonly string[]): Schema {
  const reference = (index: number): Schema => ({ $ref: `#/$defs/${index}` });
  const none = parameters.length === 0 ? [{ type: "null" }] : [];
  return {
    anyOf: [
      object(
        parameters.map(({ name }, index) => [name, reference(index)] as const),
        required,
      ),
      array(parameters.map((_, index) => reference(index))),
      ...none,
    ],
    $defs: Object.fromEntries(parameters.map(({ schema }, index) => [String(index), schema])),
  };
}

function resultOf(signature: FunctionSignature): Schema {
  if (signature.style === "wit") {
    return signature.result === null ? { type: "null" } : schemaOf(signature.result);
  }
  return signature.style === "numbers" ? numbersGiven(signature) : {};
}

function numbersGiven({ results }: CoreSignature): Schema {
  const [first, ...more] = results.map(numberGiven);
  if (first === undefined) return { type: "null" };
  return more.length === 0 ? first : array([first, ...more]);
}

function numberTaken(type: ValueType): Schema {
  switch (type) {
    case "i32":
      return integer(-(2 ** 31), 2 ** 32 - 1);
    case "i64":
      return long(true);
    case "f32":
    case "f64":
      return { type: "number" };
    default:
      return type satisfies never;
  }
}

function numberGiven(type: ValueType): Schema {
  return type === "f32" || type === "f64" ? FLOAT : numberTaken(type);
}
