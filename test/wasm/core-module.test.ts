import { describe, expect, it } from "vitest";
import { readCoreModule } from "#wasm/core/read.ts";
import { valueTypeText } from "#wasm/core/value-type.ts";
import type { Bytes } from "./builder.ts";
import {
  core,
  custom,
  functionType,
  i32,
  oneBody,
  oneFunction,
  oneType,
  section,
  text,
  u32,
  vector,
} from "./builder.ts";
import everything from "./fixtures/everything.wat";

const zero: Bytes = [0x41, 0x00, 0x0b];
const program: Bytes = [...oneType, ...oneFunction];

function withElements(segment: Bytes): Uint8Array {
  const table = section(4, vector([0x70, 0, 1]));
  return core(program, table, section(9, vector(segment)), oneBody);
}

describe("reading a core module", () => {
  const module = readCoreModule(everything);

  it("lists imports with what they bring", () => {
    expect(
      module.imports.map(({ module: from, name, extern }) => [from, name, extern.kind]),
    ).toEqual([
      ["env", "log", "func"],
      ["env", "base", "global"],
      ["env", "table", "table"],
    ]);
    expect(module.importedFunctions).toBe(1);
  });

  it("puts imported entries first in each index space", () => {
    expect(module.functionTypes).toHaveLength(3);
    expect(module.tables.map(({ minimum, maximum }) => [minimum, maximum])).toEqual([
      [1n, null],
      [4n, 8n],
      [2n, null],
    ]);
    expect(module.globals.map(({ type, mutable }) => [valueTypeText(type), mutable])).toEqual([
      ["i32", false],
      ["i64", true],
      ["f64", false],
      ["f32", false],
      ["i32", false],
      ["funcref", false],
      ["externref", false],
    ]);
  });

  it("lists exports, start, memories and segments", () => {
    expect(module.exports.map(({ name, kind, index }) => [name, kind, index])).toEqual([
      ["memory", "memory", 0],
      ["inner", "table", 1],
      ["count", "global", 1],
      ["twice", "func", 1],
    ]);
    expect(module.start).toBe(2);
    expect(module.memories).toEqual([
      { initialPages: 1, maximumPages: 4, shared: false, memory64: false },
    ]);
    expect([module.elementSegments, module.dataSegments, module.dataCount]).toEqual([4, 2, 2]);
  });

  it("gives the range of each section and body so that they tile the file", () => {
    let position = 8;
    for (const { id, start, end } of module.sections) {
      expect(everything[position]).toBe(id);
      expect(start).toBeGreaterThan(position + 1);
      position = end;
    }
    expect(position).toBe(everything.length);
    for (const { end, instructions } of module.bodies) {
      expect(instructions).toBeLessThan(end);
      expect(everything[end - 1]).toBe(0x0b);
    }
    expect(module.bodies).toHaveLength(2);
  });

  it("tells offsets in the file around it", () => {
    const inner = readCoreModule(everything, 1000);
    expect(inner.bodies[0]?.start).toBe((module.bodies[0]?.start ?? 0) + 1000);
    expect(() => readCoreModule(Uint8Array.from([0]), 1000)).toThrow("at offset 1000");
  });

  it("reads the eight forms of element segments", () => {
    const reference = [0xd2, 0x00, 0x0b];
    const forms: Bytes[] = [
      [0, ...zero, 1, 0],
      [1, 0, 1, 0],
      [2, 0, ...zero, 0, 1, 0],
      [3, 0, 1, 0],
      [4, ...zero, 1, ...reference],
      [5, 0x70, 1, ...reference],
      [6, 0, ...zero, 0x70, 1, ...reference],
      [7, 0x70, 1, ...reference],
    ];
    for (const form of forms) {
      const bytes = withElements(form);
      expect(WebAssembly.validate(bytes)).toBe(true);
      expect(readCoreModule(bytes).elementSegments).toBe(1);
    }
  });

  it("reads tables with an initial value, 64-bit memories and tags", () => {
    const bytes = core(
      oneType,
      section(4, vector([0x40, 0x00, 0x70, 0x05, 1, 2, 0xd0, 0x70, 0x0b])),
      section(5, vector([0x04, 1], [0x05, 1, 2])),
      section(13, vector([0, 0])),
    );
    const { tables, memories, tagTypes, features } = readCoreModule(bytes);
    expect(tables[0]).toMatchObject({ minimum: 1n, maximum: 2n, table64: true });
    expect(memories[1]).toMatchObject({ initialPages: 1, maximumPages: 2, memory64: true });
    expect(tagTypes).toEqual([0]);
    expect([...features].sort()).toEqual(["exceptions", "memory64", "multi-memory"]);
  });

  it.each<[string, Bytes]>([
    ["a struct", [0x5f, 1, 0x77, 1]],
    ["an array", [0x5e, i32, 0]],
    ["a recursive group", [0x4e, 2, 0x60, 1, 0x63, 1, 0, 0x60, 0, 0]],
    ["a subtype", [0x50, 0, 0x60, 0, 0]],
    ["a collected reference", [0x60, 1, 0x6d, 0]],
  ])("reports the use of GC by %s", (_, type) => {
    expect([...readCoreModule(core(section(1, vector(type)))).features]).toEqual(["gc"]);
  });

  it("reports threads by a shared memory", () => {
    expect(readCoreModule(core(section(5, vector([3, 1, 2])))).features.has("threads")).toBe(true);
  });

  it("takes typed function references and exceptions without calling them GC", () => {
    const types = section(1, vector([0x60, 0, 0], [0x60, 3, 0x64, 0, 0x69, 0x74, 1, 0x7b]));
    const module = readCoreModule(core(types));
    expect(module.features.size).toBe(0);
    const type = module.types[1];
    expect(type?.kind === "func" ? type.parameters.map(valueTypeText) : []).toEqual([
      "(ref 0)",
      "exnref",
      "nullexnref",
    ]);
  });
});

describe("the name section", () => {
  const types = section(1, vector(functionType([i32, i32], [])));
  const names = (...subsections: Bytes[]) =>
    readCoreModule(core(types, oneFunction, oneBody, custom("name", ...subsections))).names;

  it("gives the module's, functions' and parameters' names", () => {
    const found = names(
      section(0, text("mod")),
      section(1, vector([0, ...text("run")])),
      section(2, vector([0, ...vector([0, ...text("a")], [1, ...text("b")], [2, ...text("c")])])),
    );
    expect(found.module).toBe("mod");
    expect([...found.functions]).toEqual([[0, "run"]]);
    expect([...(found.parameters.get(0) ?? [])]).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
  });

  it("is ignored when it is malformed", () => {
    expect(names(section(0, text("mod")), [1, 99]).module).toBe(null);
    expect(names(section(1, [5])).functions.size).toBe(0);
    expect(names([0, 2, 1, 0xff]).module).toBe(null);
  });

  it("is read wherever it stands", () => {
    const name = custom("name", section(2, vector([0, ...vector([1, ...text("b")])])));
    const module = readCoreModule(core(name, types, oneFunction, oneBody));
    expect(module.names.parameters.get(0)?.get(1)).toBe("b");
  });
});

describe("a malformed core module is refused", () => {
  const memory = section(5, vector([0, 1]));
  it.each<[string, Uint8Array, string]>([
    ["cut in its version", core().subarray(0, 6), "Invalid WASM version"],
    ["an unknown section", core(section(14)), "expected an id of 0 to 13, got 14 at offset 8"],
    ["a section past the end", core([1, 5, 0]), "section: expected 5 more bytes, got 1"],
    ["a section not filled", core(section(1, [0, 0])), "type section: expected its end"],
    ["two sections of an id", core(section(1, [0]), section(1, [0])), "got a second at offset 11"],
    ["sections out of order", core(memory, oneType), "expected type before memory"],
    ["tags before memory", core(oneType, section(13, [0]), memory), "expected memory before tag"],
    ["a data count late", core(program, oneBody, section(12, [0])), "expected data count before"],
    ["an unknown type", core(section(1, vector([0x61]))), "expected func, struct or array"],
    ["an unknown value type", core(section(1, vector([0x60, 1, 0x40, 0]))), "got 0x40"],
    ["a forward type reference", core(section(1, vector([0x60, 1, 0x63, 1, 0]))), "a type below 1"],
    ["a type that isn't there", core(oneType, section(3, vector([1]))), "one past the last of 1"],
    ["an unknown import kind", core(section(2, vector([1, 97, 1, 98, 9]))), "kind: expected"],
    ["a name that isn't UTF-8", core(section(2, vector([1, 255, 0, 0]))), "expected UTF-8"],
    ["a wrong memory flag", core(section(5, vector([8, 1]))), "expected flags 0 to 7"],
    ["a shared memory without end", core(section(5, vector([2, 1]))), "expected a maximum"],
    ["a memory too large", core(section(5, vector([0, ...u32(65537)]))), "at most 65536 pages"],
    ["a maximum below", core(section(5, vector([1, 3, 2]))), "maximum of at least 3, got 2"],
    ["a table too large", core(section(4, vector([0x70, 0, ...u32(10_000_001)]))), "elements"],
    ["a table of numbers", core(section(4, vector([i32, 0, 1]))), "got 0x7f"],
    ["an initial value that calls", core(section(6, vector([i32, 0, 0x10, 0]))), "got 0x10"],
    ["an endless initial value", core(section(6, vector([i32, 0, 0x41, 0]))), "got the end"],
    ["a global of later", core(section(6, vector([i32, 0, 0x23, 0, 0x0b]))), "global index"],
    ["a mutability of 2", core(section(6, vector([i32, 2, ...zero]))), "mutability"],
    ["an export of nothing", core(section(7, vector([1, 97, 0, 0]))), "func index"],
    [
      "an export twice",
      core(memory, section(7, vector([1, 97, 2, 0], [1, 97, 2, 0]))),
      'got "a" again',
    ],
    ["a start that isn't there", core(section(8, [0])), "func index"],
    [
      "a start with a parameter",
      core(section(1, vector(functionType([i32], []))), oneFunction, section(8, [0]), oneBody),
      "expected a function [] -> []",
    ],
    ["an element form of 8", withElements([8]), "expected a form 0 to 7"],
    ["an element kind of 1", withElements([1, 1, 0]), "element kind"],
    ["elements without a table", core(section(9, vector([0, ...zero, 0]))), "expected a table"],
    ["an element that isn't there", withElements([1, 0, 1, 7]), "got 7"],
    ["functions without code", core(program), "expected 1 bodies, got no code section"],
    ["too many bodies", core(section(10, vector([2, 0, 0x0b]))), "expected 0 bodies, got 1"],
    ["a body past its section", core(program, section(10, vector([9, 0, 0x0b]))), "body: expected"],
    ["a body without an end", core(program, section(10, vector([2, 0, 0x01]))), "end instruction"],
    ["an empty body", core(program, section(10, vector([1, 0]))), "end instruction"],
    [
      "too many locals",
      core(program, section(10, vector([6, 1, ...u32(50_001), i32, 0x0b]))),
      "at most 50000, got 50001",
    ],
    ["data without a memory", core(section(11, vector([0, ...zero, 0]))), "expected a memory"],
    ["a data form of 3", core(memory, section(11, vector([3, 0]))), "expected a form 0 to 2"],
    ["data past its section", core(section(11, vector([1, 9, 0]))), "data: expected 9 more bytes"],
    [
      "a data count that differs",
      core(section(12, [2]), section(11, vector([1, 0]))),
      "expected 2",
    ],
    ["a data count alone", core(section(12, [1])), "got no data section"],
    [
      "a tag with a result",
      core(section(1, vector([0x60, 0, 1, i32])), section(13, vector([0, 0]))),
      "no results",
    ],
    ["a component", Uint8Array.from([0, 97, 115, 109, 13, 0, 1, 0]), "got a component"],
  ])("with %s", (_, bytes, message) => {
    expect(() => readCoreModule(bytes)).toThrow(message);
    expect(WebAssembly.validate(bytes)).toBe(false);
  });
});
