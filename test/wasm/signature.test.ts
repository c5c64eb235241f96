// Which functions of a component can be called, and why the others can't.
import { describe, expect, it } from "vitest";
import { callTypes } from "#wasm/component/signature.ts";
import { named, witType } from "#wasm/component/wit-type.ts";
import type { WitShape, WitType } from "#wasm/component/wit-type.ts";

function make(shape: WitShape): WitType {
  const type = witType(shape);
  if (type === null) throw new Error("The type is too large to be read.");
  return type;
}

const u8 = make({ kind: "primitive", primitive: "u8" });
const file = named(make({ kind: "resource" }), "file");

function taking(type: WitType) {
  return { parameters: [{ name: "x", type }], result: null, async: false };
}

function fields(...names: string[]): WitType {
  return make({ kind: "record", fields: names.map((name) => ({ name, type: u8 })) });
}

/** Each level holds the one below twice: small in the binary, and large where it is unfolded. */
function doubled(levels: number): WitType {
  let type = u8;
  for (let level = 0; level < levels; level += 1) {
    type = make({ kind: "tuple", elements: [type, type] });
  }
  return type;
}

describe("a component's function", () => {
  it("is told by its types as a plain tree, with their names", () => {
    const point = named(fields("x-of", "y-of"), "point");
    const list = make({ kind: "list", element: point, length: null });
    expect(callTypes("f", { parameters: [], result: list, async: false })).toEqual({
      parameters: [],
      result: {
        kind: "list",
        element: {
          kind: "record",
          name: "point",
          fields: [
            { name: "x-of", type: { kind: "u8" } },
            { name: "y-of", type: { kind: "u8" } },
          ],
        },
      },
    });
  });

  const labels = (count: number, length = 1) =>
    Array.from({ length: count }, (_, index) => `l${index}${"x".repeat(length)}`);
  const table: [string, WitType, string][] = [
    ["a resource", make({ kind: "borrow", resource: file }), "a resource (file)"],
    ["a stream", make({ kind: "stream", element: u8 }), "a stream"],
    [
      "a future inside a list",
      make({ kind: "list", element: make({ kind: "future", element: null }), length: null }),
      "a future",
    ],
    ["a list of fixed length", make({ kind: "list", element: u8, length: 4 }), "fixed length"],
    ["a map", make({ kind: "map", key: u8, value: u8 }), "a map"],
    ["an error context", make({ kind: "primitive", primitive: "error-context" }), "error-context"],
    ["too many parts", doubled(12), "more than 2000 parts"],
    ["too many labels", make({ kind: "enum", labels: labels(2_001) }), "more than 2000 parts"],
    ["names too long", make({ kind: "enum", labels: labels(200, 900) }), "100000 characters"],
    ["too many flags", make({ kind: "flags", labels: labels(33) }), "more than 32 flags"],
    ["names that JavaScript can't tell apart", fields("a-1b", "a1b"), "the same in JavaScript"],
    ["a name that WIT does not allow", fields("__proto__"), "The name __proto__"],
  ];
  it.each(table)("with %s is not called, for a reason", (_, type, reason) => {
    expect(callTypes("f", taking(type))).toContain(reason);
  });

  it("of a resource, or one that is async, is not called", () => {
    expect(callTypes("a:b/c#[method]file.size", taking(u8))).toContain("belongs to a resource");
    expect(callTypes("f", { ...taking(u8), async: true })).toContain("async");
  });
});
