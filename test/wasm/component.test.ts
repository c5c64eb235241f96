import { describe, expect, it } from "vitest";
import type { Component, Entity } from "#wasm/component/model.ts";
import { readComponent } from "#wasm/component/read.ts";
import { witTypeText } from "#wasm/component/wit-type.ts";
import type { Bytes } from "./builder.ts";
import { component, core, s33, section, text, u32, vector } from "./builder.ts";
import { canon, coreTypes, greet, http, nested, types } from "./fixtures/components.ts";

function signatures(read: Component): string[] {
  return [...read.exports].flatMap(([name, entity]) => {
    if (entity.kind !== "instance") return signature(name, entity);
    return [...entity.type.exports].flatMap(([inner, member]) =>
      signature(`${name}#${inner}`, member),
    );
  });
}

function signature(name: string, entity: Entity): string[] {
  if (entity.kind !== "func") return [];
  const { parameters, result } = entity.type;
  const list = parameters.map((parameter) => `${parameter.name}: ${witTypeText(parameter.type)}`);
  return [`${name}(${list.join(", ")})${result === null ? "" : ` -> ${witTypeText(result)}`}`];
}

function kinds(entities: Component["imports"]): string[] {
  return [...entities].map(([name, { kind }]) => `${kind} ${name}`);
}

const externName = (name: string): Bytes => [0, ...text(name)];

// A component whose one export is a function over the types given.
function exporting(definitions: Bytes[], parameter: number): Uint8Array {
  const functionType = [0x40, 1, ...text("x"), ...s33(parameter), 1, 0];
  return component(
    section(7, vector(...definitions, functionType)),
    section(10, vector([...externName("f"), 1, ...u32(definitions.length)])),
    section(11, vector([...externName("g"), 1, 0, 0])),
  );
}

describe("reading a component", () => {
  it("spells the types of exported functions as WIT does", () => {
    expect(signatures(readComponent(greet))).toEqual([
      "greet(name: string) -> string",
      "all(a: u8, b: s64, c: f32, d: char, e: list<option<tuple<u8, string>>>, f: result<u32, string>, g: result<_, string>, h: result) -> bool",
      "nothing()",
    ]);
    expect(kinds(readComponent(greet).imports)).toEqual(["func log"]);
  });

  it("calls named types by their names, through aliases and imports", () => {
    expect(signatures(readComponent(types))).toEqual([
      "f(s: shape, k: kounter)",
      "a:b/u@1.2.3#move(p: point, c: borrow<counter>) -> point",
      "inline#go(r: r) -> r",
    ]);
  });

  it("keeps the shape of a named type", () => {
    const instance = readComponent(types).imports.get("a:b/t@1.2.3");
    const shape = instance?.kind === "instance" ? instance.type.exports.get("shape") : undefined;
    expect(shape).toMatchObject({
      kind: "type",
      type: {
        kind: "value",
        type: {
          name: "shape",
          shape: {
            kind: "variant",
            cases: [{ name: "dot", type: { name: "point" } }, { name: "none" }],
          },
        },
      },
    });
  });

  it("finds the functions of an exported interface", () => {
    const read = readComponent(http);
    expect(signatures(read)).toEqual([
      "wasi:http/incoming-handler@0.2.0#handle(request: incoming-request, response-out: response-outparam)",
    ]);
    expect(kinds(read.imports)).toEqual([
      "instance wasi:cli/environment@0.2.0",
      "instance wasi:http/types@0.2.0",
    ]);
  });

  it("reads the core modules inside and tells where they lie", () => {
    const { modules } = readComponent(canon);
    expect(modules).toHaveLength(1);
    const [inner] = modules;
    expect(WebAssembly.validate(canon.slice(inner?.start, inner?.end))).toBe(true);
    expect(inner?.module.exports.map(({ name }) => name)).toEqual(["mem", "realloc", "f", "post"]);
  });

  it("follows a nested component to the types around it", () => {
    expect(signatures(readComponent(nested))).toEqual(["inst#g(x: r) -> r"]);
  });

  it("lists modules that are imported and exported", () => {
    const read = readComponent(coreTypes);
    expect([kinds(read.imports), kinds(read.exports)]).toEqual([["module mod"], ["module again"]]);
  });
});

describe("a component can't grow without bounds", () => {
  it("when each type is a pair of the one before", () => {
    const pairs = Array.from({ length: 40 }, (_, index): Bytes =>
      index === 0 ? [0x6f, 1, 0x7d] : [0x6f, 2, ...s33(index - 1), ...s33(index - 1)],
    );
    expect(() => readComponent(exporting(pairs, 39))).toThrow("at most 1000000 parts");
    const [shortened = ""] = signatures(readComponent(exporting(pairs.slice(0, 12), 11)));
    expect(shortened).toContain("…");
    expect(shortened.length).toBeLessThan(2_100);
  });

  it("when each type is a list of the one before", () => {
    const lists = Array.from({ length: 101 }, (_, index): Bytes =>
      index === 0 ? [0x70, 0x7d] : [0x70, ...s33(index - 1)],
    );
    expect(() => readComponent(exporting(lists, 100))).toThrow("100 levels");
  });

  it("when components lie in each other", () => {
    let inner: Bytes = [...component()];
    for (let level = 0; level < 102; level += 1) inner = [...component(section(4, inner))];
    expect(() => readComponent(Uint8Array.from(inner))).toThrow("at most 100 levels");
  });
});

describe("a malformed component is refused", () => {
  const moduleWith = (name: string) =>
    section(1, [...core(section(5, vector([0, 1])), section(7, vector([...text(name), 2, 0])))]);
  it.each<[string, Uint8Array, string]>([
    ["a core module's version", core(), "got a core module"],
    ["an unknown section", component(section(13)), "expected an id of 0 to 12"],
    ["a section past the end", component([7, 9, 0]), "section: expected 9 more bytes"],
    ["a section not filled", component(section(7, [0, 0])), "expected its end"],
    ["an unknown type", component(section(7, vector([0x30]))), "expected a known type, got 0x30"],
    ["a type that isn't there", component(section(7, vector([0x70, 4]))), "past the last of 0"],
    [
      "a function for a value",
      component(section(7, vector([0x40, 0, 1, 0], [0x70, 0]))),
      "got func",
    ],
    ["a handle to no resource", component(section(7, vector([0x70, 0x7d], [0x69, 0]))), "resource"],
    ["an unknown builtin", component(section(8, vector([0x50]))), "got 0x50"],
    ["a lift of nothing", component(section(8, vector([0, 0, 0, 0, 0]))), "core func index"],
    ["an alias too far out", component(section(6, vector([3, 2, 5, 0]))), "outer level"],
    ["an alias of nothing", component(section(6, vector([1, 0, 0, 1, 97]))), "instance index"],
    ["an unknown sort", component(section(6, vector([9, 0, 0, 1, 97]))), "sort: expected 0 to 5"],
    ["an export of nothing", component(section(11, vector([0, 1, 97, 1, 0, 0]))), "function index"],
    [
      "an import twice",
      component(
        section(7, vector([0x40, 0, 1, 0])),
        section(10, vector([...externName("a"), 1, 0], [...externName("a"), 1, 0])),
      ),
      'got "a" again',
    ],
    ["a broken module inside", component(section(1, [0, 97])), "Invalid WASM magic number"],
    [
      "a script for a core export's name",
      component(moduleWith("f'];globalThis.PWNED=1;//")),
      "core export name: expected printable ASCII",
    ],
    ["a quote", component(moduleWith('a"')), "without quotes"],
    ["a backtick", component(moduleWith("a`")), "without quotes"],
    ["a backslash", component(moduleWith("a\\")), "without quotes"],
    ["a line separator", component(moduleWith("a\u2028")), "without quotes"],
    [
      "a script for an import's name",
      component(
        section(7, vector([0x40, 0, 1, 0])),
        section(10, vector([...externName("a'"), 1, 0])),
      ),
      "extern name: expected printable ASCII",
    ],
    [
      "a script for a field's name",
      component(section(7, vector([0x72, 1, ...text("a\n"), 0x7d]))),
      "record field: expected printable ASCII",
    ],
  ])("with %s", (_, bytes, message) => {
    expect(() => readComponent(bytes)).toThrow(message);
  });
});
