import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { references } from "#wasm/wit/compose.ts";
import { parseWit, witCharactersMax } from "#wasm/wit/parse.ts";
import { showType, type WitDefinition } from "#wasm/wit/interface.ts";
import { faultOf, ioError, read, readSource, source, streams } from "./sources.ts";

describe("a WIT text that is sound", () => {
  it("takes the registered package when it has no package line", async () => {
    const found = await readSource(source("interface image { resize: func(width: u32) -> u64; }"));
    expect(found).toEqual({
      id: "wasi:custom/image@0.1.0",
      functions: [
        {
          name: "resize",
          isAsync: false,
          parameters: [{ name: "width", type: { kind: "primitive", name: "u32" } }],
          result: { kind: "primitive", name: "u64" },
        },
      ],
      types: [],
      imports: [],
    });
  });

  it.each([
    "package wasi:custom@0.1.0; interface image { f: func(); }",
    "package wasi:custom;\n\ninterface image { f: func(); }",
    "// first\n/* second /* nested */ */ package wasi:custom@0.1.0;\r\ninterface image { f: func(); }",
    "interface other { g: func(); } interface image { f: func(); } world w { import image; }",
    "interface image { f: func(); } // the end",
  ])("gives the named interface of %j", async (text) => {
    const { id, functions } = await readSource(source(text));
    expect([id, functions.map(({ name }) => name)]).toEqual(["wasi:custom/image@0.1.0", ["f"]]);
  });

  it.each(["interface", "list", "use"])("lets the interface be named %s", async (name) => {
    const { id } = await readSource(source(`interface %${name} { f: func(); }`, { name }));
    expect(id).toBe(`wasi:custom/${name}@0.1.0`);
  });

  it("tells a resource's functions apart", async () => {
    const { functions, types } = await read(
      "resource file { constructor(path: string); size: func() -> u64; open: static func() -> file; }",
    );
    expect(types).toEqual([{ name: "file", definition: { kind: "resource" } }]);
    expect(functions.map(({ name }) => name)).toEqual([
      "[constructor]file",
      "[method]file.size",
      "[static]file.open",
    ]);
  });

  const u8 = { kind: "primitive", name: "u8" } as const;
  it.each<[string, WitDefinition]>([
    ["record t { a: u8 }", { kind: "record", members: [{ name: "a", type: u8 }] }],
    [
      "variant t { a, b(u8) }",
      {
        kind: "variant",
        members: [
          { name: "a", type: null },
          { name: "b", type: u8 },
        ],
      },
    ],
    ["enum t { a }", { kind: "enum", members: [{ name: "a", type: null }] }],
    ["flags t { a }", { kind: "flags", members: [{ name: "a", type: null }] }],
    ["type t = u8;", { kind: "alias", type: u8 }],
    ["resource t;", { kind: "resource" }],
  ])("keeps the structure of %s", async (text, definition) => {
    const { types } = await read(text);
    expect(types).toEqual([{ name: "t", definition }]);
  });

  it.each([
    "list<u8>",
    "list<u8, 4>",
    "option<list<string>>",
    "tuple<s8, s16, s32, s64, f32, f64>",
    "result",
    "result<u8>",
    "result<_, string>",
    "result<u8, string>",
    "map<string, bool>",
    "borrow<file>",
    "file",
    "stream<u8>",
    "stream",
    "future<char>",
    "future",
    "error-context",
  ])("shows %s as it was written", async (written) => {
    const { functions } = await read(`resource file; type t = u8; f: func(a: ${written});`);
    expect(
      functions.flatMap(({ parameters }) => parameters.map(({ type }) => showType(type))),
    ).toEqual([written]);
  });

  it("knows an asynchronous function", async () => {
    const { functions } = await read("f: async func();");
    expect(functions[0]?.isAsync).toBe(true);
  });
});

describe("a WIT text that uses other interfaces", () => {
  const text =
    "interface image { use wasi:io/streams@0.2.0.{input-stream as input}; f: func(i: input); }";

  it("lists all that a user must have, and of those the types that it reaches", async () => {
    const { types, imports } = await readSource(source(text), [streams, ioError]);
    expect(types).toEqual([
      {
        name: "input",
        definition: { kind: "use", interfaceId: "wasi:io/streams@0.2.0", name: "input-stream" },
      },
    ]);
    expect(imports.map(({ id, types }) => [id, types.map(({ name }) => name)])).toEqual([
      ["wasi:io/error@0.2.0", []],
      ["wasi:io/streams@0.2.0", ["input-stream"]],
    ]);
  });

  it("finds a sibling that is registered on its own", async () => {
    const sibling = source("interface shapes { record size { width: u32 } }", { name: "shapes" });
    const { imports } = await read("use shapes.{size}; f: func(s: size);", [sibling]);
    expect(imports.map(({ id }) => id)).toEqual(["wasi:custom/shapes@0.1.0"]);
  });

  it("prefers the text's own sibling to a registered one", async () => {
    const sibling = source("interface shapes { record other { width: u32 } }", { name: "shapes" });
    const own =
      "interface shapes { record size { width: u32 } } interface image { use shapes.{size}; }";
    const { imports } = await readSource(source(own), [sibling]);
    expect(imports.map(({ types }) => types.map(({ name }) => name))).toEqual([["size"]]);
  });

  it("is not disturbed by a broken dependency that it doesn't use", async () => {
    const broken = source("interface broken {", { name: "broken" });
    expect(await faultOf(source(text), [broken, streams, ioError])).toBeUndefined();
  });

  it("names the interfaces that must be known, and not its own", () => {
    const text = `interface image { use wasi:io/streams@0.2.0-rc.1.{a}; use shapes.{b}; use own.{c}; }
      // use wasi:io/error@0.2.0.{error};
      interface own {} world w { import colours; export image; }`;
    expect(references(source(text))).toEqual([
      "wasi:io/streams@0.2.0-rc.1",
      "wasi:custom/shapes@0.1.0",
      "wasi:custom/colours@0.1.0",
    ]);
  });

  it("is refused when one of them is not known", async () => {
    expect(await faultOf(source(`\n${text}`))).toEqual({
      message:
        "package 'wasi:io@0.2.0' is not known: register the interfaces that this text uses before it",
      line: 2,
      column: 23,
    });
  });
});

describe("a WIT text that is faulty", () => {
  it.for<[string, string, number, number]>([
    [
      "interface image {\n  record size { width u32 }\n}",
      "expected ':', found keyword `u32`",
      2,
      23,
    ],
    ["interface image { f: func(", "expected an identifier or string, found eof", 1, 27],
    ["interface image {} }", "expected `world`, `interface` or `use`, found '}'", 1, 20],
    ["interface image {}\n\n  ?", "unexpected character '?'", 3, 3],
    ["interface image { /* sound */ /* never closed", "unterminated block comment", 1, 31],
    [
      "package wasi:custom@0.1.0; interface image { f func() }",
      "expected ':', found keyword `func`",
      1,
      48,
    ],
    ["interface image { /* 🙂é */ f func() }", "expected ':', found keyword `func`", 1, 30],
    ["interface image {\r\n f func() }", "expected ':', found keyword `func`", 2, 4],
    ["interface image {\n f: func(a: missing);\n}", "name `missing` does not exist", 2, 13],
    ["interface image {\n f: func();\n f: func();\n}", "name `f` is defined more than once", 3, 2],
    ["interface image {\n record r { r: r }\n}", "type `r` depends on itself", 2, 9],
    ["interface image {\n record r {}\n}", "record type must have at least one field", 2, 2],
    [
      "interface image {\n record r { a: u8,\n a: u8 }\n}",
      "record field name `a` conflicts with previous field name `a`",
      3,
      2,
    ],
    ["interface other {}", "interface or world `image` does not exist", 1, 1],
    ["", "interface or world `image` does not exist", 1, 1],
    [
      "package wasi:other@0.1.0; interface image {}",
      "expected package wasi:custom@0.1.0, as registered, found package wasi:other@0.1.0",
      1,
      1,
    ],
    [
      "\n package wasi:custom@0.2.0; interface image {}",
      "expected package wasi:custom@0.1.0, as registered, found package wasi:custom@0.2.0",
      2,
      2,
    ],
  ])("%j is told where", async ([text, message, line, column]) => {
    expect(await faultOf(source(text))).toEqual({ message, line, column });
  });

  it("is told where a syntax error is, even behind dependencies", async () => {
    const text = "interface image {\n  use wasi:io/streams@0.2.0.{input-stream};\n  f func();\n}";
    const fault = await faultOf(source(text), [streams, ioError]);
    expect(fault).toEqual({ message: "expected ':', found keyword `func`", line: 3, column: 5 });
  });

  it.each([
    ["a namespace", { namespace: "a:b; interface image {}" }],
    ["a name", { name: "image; } world w {" }],
    ["a version", { version: "1.0" }],
  ])("can't be smuggled in as %s", async (what, changes) => {
    const fault = await faultOf(source("interface image { f: func(); }", changes));
    expect(fault?.message).toContain(`expected ${what} like`);
  });

  it("in whose length a fault is looked for gives everybody else their turns meanwhile", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const functions = Array.from({ length: 4_000 }, (_, index) => `g${index}: func();`).join("\n");
    const fault = await faultOf(source(`interface image {\n${functions}\nbroken }`));
    clearInterval(timer);
    expect(fault?.line).toBe(4_002);
    expect(turns).toBeGreaterThan(8);
  });

  it("is refused unread when it is too long", async () => {
    const fault = await faultOf(source(" ".repeat(witCharactersMax + 1)));
    expect(fault?.message).toContain("characters");
  });

  it.each([
    ["nested lists", `type a = ${"list<".repeat(9000)}u8${">".repeat(9000)};`],
    ["nested comments", "/* ".repeat(20_000)],
    ["doubling types", doubling(60)],
  ])("costs no more than a fault: %s", async (_, body) => {
    expect(await faultOf(source(`interface image { ${body} }`))).toBeDefined();
  });
});

describe("any text", () => {
  const tokens =
    "interface image world package use record type func async : ; , . @ -> < > { } ( ) % u8 list a 1.0.0 // /* */ ? - \n";
  const token = fc.constantFrom(...tokens.split(" "));

  it("is read or is told a fault that lies within it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(token), fc.array(token), async (inside, behind) => {
        const text = `interface image { ${inside.join(" ")} } ${behind.join(" ")}`;
        const result = await parseWit(source(text));
        const faults = result.ok ? [] : result.faults;
        const lines = text.split("\n");
        for (const { line, column } of faults) {
          expect(lines[line - 1]?.length).toBeGreaterThanOrEqual(column - 1);
        }
        expect(faults).toHaveLength(result.ok ? 0 : 1);
      }),
      { numRuns: 50 },
    );
  });
});

/** Type n holds two of type n - 1. */
function doubling(count: number): string {
  const types = Array.from({ length: count }, (_, n) => `type t${n + 1} = tuple<t${n}, t${n}>;`);
  return `type t0 = u8; ${types.join(" ")} f: func(a: t${count});`;
}
