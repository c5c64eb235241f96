import { describe, expect, it } from "vitest";
import { inspect } from "#wasm/inspect.ts";
import type { InspectedModule } from "#wasm/inspection.ts";
import {
  core,
  functionType,
  i32,
  oneBody,
  oneFunction,
  section,
  text,
  u32,
  vector,
} from "./builder.ts";
import bindgen from "./fixtures/bindgen.wat";
import command from "./fixtures/command.wat";
import { coreTypes, greet, http } from "./fixtures/components.ts";
import extism from "./fixtures/extism.wat";
import json from "./fixtures/json.wat";
import numbers from "./fixtures/numbers.wat";
import reactor from "./fixtures/reactor.wat";

function sound(bytes: Uint8Array): InspectedModule {
  const inspection = inspect(bytes);
  if (!inspection.ok) throw new Error(inspection.faults.join());
  return inspection;
}

describe("the convention", () => {
  it.each([
    ["numbers", numbers, { convention: "numbers", wasi: "none" }],
    ["json by its allocator and signatures", json, { convention: "json", wasi: "none" }],
    ["extism by its host imports", extism, { convention: "extism", wasi: "none" }],
    ["command by WASI and _start", command, { convention: "command", wasi: "preview1" }],
    ["reactor by WASI alone", reactor, { convention: "reactor", wasi: "preview1" }],
    ["component", greet, { convention: "component", wasi: "none" }],
    ["http by its exported handler", http, { convention: "http", wasi: "preview2" }],
  ])("is %s", (_, bytes, expected) => {
    expect(sound(bytes)).toMatchObject({ ...expected, unsupported: [] });
  });

  it("is numbers when the allocator has another type", () => {
    const bytes = core(
      section(1, vector(functionType([i32, i32], [0x7e]))),
      section(3, vector([0])),
      section(5, vector([0, 1])),
      section(
        7,
        vector([...text("memory"), 2, 0], [...text("cabi_realloc"), 0, 0], [...text("f"), 0, 0]),
      ),
      section(10, vector([4, 0, 0x42, 0, 0x0b])),
    );
    expect(sound(bytes)).toMatchObject({
      convention: "numbers",
      functions: [{ name: "f", style: "numbers" }],
    });
  });
});

describe("the listed functions", () => {
  it("leave out the host's plumbing", () => {
    expect(sound(json).functions.map(({ name, style }) => [name, style])).toEqual([
      ["greet", "json"],
      ["version", "numbers"],
    ]);
    expect(sound(reactor).functions.map(({ name }) => name)).toEqual(["_start", "double"]);
  });

  it("tell the types, and the names where the binary has them", () => {
    expect(sound(numbers).functions).toEqual([
      {
        name: "add",
        parameters: [
          { name: null, type: "i32" },
          { name: null, type: "i64" },
        ],
        results: ["f64"],
        style: "numbers",
      },
      {
        name: "mix",
        parameters: [
          { name: null, type: "v128" },
          { name: null, type: "i32" },
        ],
        results: [],
        style: "none",
      },
      {
        name: "handle",
        parameters: [{ name: null, type: "externref" }],
        results: ["funcref"],
        style: "none",
      },
      { name: "pair", parameters: [], results: ["i32", "i64"], style: "numbers" },
    ]);
    const named = core(
      section(1, vector(functionType([i32], []))),
      oneFunction,
      section(7, vector([...text("f"), 0, 0])),
      oneBody,
      section(0, text("name"), section(2, vector([0, ...vector([0, ...text("size")])]))),
    );
    expect(sound(named).functions[0]?.parameters).toEqual([{ name: "size", type: "i32" }]);
  });

  it("of a component carry WIT types and the interface they come from", () => {
    expect(sound(http).functions).toEqual([
      {
        name: "wasi:http/incoming-handler@0.2.0#handle",
        parameters: [
          { name: "request", type: "incoming-request" },
          { name: "response-out", type: "response-outparam" },
        ],
        results: [],
        style: "none",
        reason: "It takes or gives a resource (incoming-request), which JSON can't write.",
      },
    ]);
    expect(sound(greet).functions[0]).toEqual({
      name: "greet",
      parameters: [{ name: "name", type: "string" }],
      results: ["string"],
      style: "wit",
      wit: { parameters: [{ name: "name", type: { kind: "string" } }], result: { kind: "string" } },
    });
  });

  it("stop where they would no longer fit a row", () => {
    const type = functionType(
      Array.from({ length: 1000 }, () => i32),
      [],
    );
    const exports = Array.from({ length: 10_000 }, (_, index) => [...text(`f${index}`), 0, 0]);
    const bytes = core(
      section(1, vector(type)),
      oneFunction,
      section(7, vector(...exports)),
      oneBody,
    );
    const { functions, unsupported } = sound(bytes);
    expect(unsupported.join()).toContain("export less");
    expect(JSON.stringify(functions).length).toBeLessThan(2_000_000);
  });
});

describe("an inspection", () => {
  it("tells the imported interfaces once each", () => {
    expect(sound(extism).interfaces).toEqual(["extism:host/env"]);
    expect(sound(http).interfaces).toEqual(["wasi:cli/environment@0.2.0", "wasi:http/types@0.2.0"]);
  });

  it("tells the memory in pages", () => {
    expect(sound(json).memory).toEqual({ initialPages: 2, maximumPages: 16 });
    expect(sound(numbers).memory).toEqual({ initialPages: 1, maximumPages: null });
    expect(sound(extism).memory).toBe(null);
  });

  it("survives JSON unchanged", () => {
    for (const bytes of [json, numbers, reactor, greet, http, coreTypes, Uint8Array.from([1])]) {
      const inspection = inspect(bytes);
      expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
    }
  });

  it.each([
    ["threads", core(section(5, vector([3, 1, 2]))), "threads"],
    ["GC", core(section(1, vector([0x5f, 0]))), "GC"],
    ["wasm-bindgen", bindgen, "needs its own glue; build a component instead"],
  ])("names %s as unsupported", (_, bytes, reason) => {
    expect(sound(bytes).unsupported.join()).toContain(reason);
  });

  it.each([
    [
      "what isn't WASM",
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]),
      "Invalid WASM magic number: expected 00 61 73 6d, got 89 50 4e 47 at offset 0",
    ],
    [
      "nothing",
      new Uint8Array(),
      "Invalid WASM magic number: expected 00 61 73 6d, got an empty file at offset 0",
    ],
    [
      "another version",
      Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
      "Invalid WASM version: expected 01 00 00 00 (module) or 0d 00 01 00 (component), got 02 00 00 00 at offset 4",
    ],
    [
      "a memory too large",
      core(section(5, vector([0, ...u32(70_000)]))),
      "memory: expected at most 65536 pages, got 70000 at offset 11",
    ],
  ])("says of %s what was expected, what came and where", (_, bytes, fault) => {
    expect(inspect(bytes)).toEqual({ ok: false, faults: [fault] });
  });
});
