import * as fc from "fast-check";
import type { WitDefinition, WitFunction, WitInterface, WitType } from "#wasm/wit/interface.ts";

// Few names and few types, so that two interfaces often share some.
const typeNames = ["one", "two", "three"];
const name = fc.constantFrom("a", "b", "c");

const leaf: fc.Arbitrary<WitType> = fc.oneof(
  fc.constantFrom("u8", "string").map((name) => ({ kind: "primitive" as const, name })),
  fc.constantFrom(...typeNames).map((name) => ({ kind: "named" as const, name })),
);

const type: fc.Arbitrary<WitType> = fc.oneof(
  leaf,
  fc.tuple(fc.constantFrom("list" as const, "option" as const), leaf).map(([name, element]) => ({
    kind: "generic" as const,
    name,
    parameters: [element],
    length: null,
  })),
);

const primitive: fc.Arbitrary<WitType> = fc.constantFrom(
  { kind: "primitive", name: "u8" },
  { kind: "primitive", name: "u16" },
);

const members = fc.uniqueArray(fc.record({ name, type: fc.option(primitive) }), {
  minLength: 1,
  selector: (member) => member.name,
});

const definition: fc.Arbitrary<WitDefinition> = fc.oneof(
  fc.record({ kind: fc.constantFrom("record", "variant", "enum", "flags"), members }),
  fc.constant({ kind: "resource" as const }),
  primitive.map((type) => ({ kind: "alias" as const, type })),
);

const functionNamed = (name: string): fc.Arbitrary<WitFunction> =>
  fc.record({
    name: fc.constant(name),
    isAsync: fc.boolean(),
    parameters: fc.uniqueArray(fc.record({ name: fc.constantFrom("x", "y"), type }), {
      maxLength: 2,
      selector: (parameter) => parameter.name,
    }),
    result: fc.option(type),
  });

/** An interface that has all its types, since functions refer to them by name, and some functions. */
export const anInterface: fc.Arbitrary<WitInterface> = fc.record({
  id: fc.constant("wasi:custom/image@0.1.0"),
  functions: fc
    .subarray(["resize", "crop", "[method]two.turn"])
    .chain((names) => fc.tuple(...names.map(functionNamed))),
  types: fc.tuple(...typeNames.map((name) => fc.record({ name: fc.constant(name), definition }))),
  imports: fc
    .subarray(["wasi:io/streams@0.2.0", "wasi:io/error@0.2.0"])
    .map((ids) => ids.map((id) => ({ id, types: [] }))),
});
