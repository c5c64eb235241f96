import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Compatibility } from "#domain/interface.ts";
import { compareInterfaces } from "#wasm/wit/compare.ts";
import type { WitInterface } from "#wasm/wit/interface.ts";
import { anInterface } from "./arbitrary.ts";
import { ioError, read, readSource, source, streams } from "./sources.ts";

const messages = (previous: WitInterface, next: WitInterface, compatibility: Compatibility) =>
  compareInterfaces(previous, next, compatibility).map(({ message }) => message);

describe("a change that breaks both ways", () => {
  it.each<[string, string, string[]]>([
    [
      "f: func(width: u32);",
      "f: func(width: u64);",
      ["function f: parameter width changed from u32 to u64"],
    ],
    ["f: func(a: u8);", "f: func();", ["function f: parameter a was removed"]],
    ["f: func();", "f: func(a: u8);", ["function f: parameter a was added"]],
    [
      "f: func(a: u8, b: u8);",
      "f: func(b: u8, a: u8);",
      ["function f: parameters were reordered from a, b to b, a"],
    ],
    ["f: func();", "f: func() -> u8;", ["function f: result changed from nothing to u8"]],
    [
      "f: func() -> result<u8>;",
      "f: func() -> result<u8, string>;",
      ["function f: result changed from result<u8> to result<u8, string>"],
    ],
    ["f: func();", "f: async func();", ["function f: changed from synchronous to asynchronous"]],
    [
      "record r { a: u8 }",
      "record r { a: u8, quality: u8 }",
      ["record r: field quality was added (records are closed: adding a field breaks callers)"],
    ],
    ["record r { a: u8, b: u8 }", "record r { a: u8 }", ["record r: field b was removed"]],
    ["record r { a: u8 }", "record r { a: u16 }", ["record r: field a changed from u8 to u16"]],
    [
      "record r { a: u8, b: u8 }",
      "record r { b: u8, a: u8 }",
      ["record r: fields were reordered from a, b to b, a"],
    ],
    [
      "variant v { a }",
      "variant v { a, b }",
      ["variant v: case b was added (variants are closed: adding a case breaks callers)"],
    ],
    ["variant v { a }", "variant v { a(u8) }", ["variant v: case a changed from nothing to u8"]],
    ["enum e { a, b }", "enum e { b }", ["enum e: case a was removed"]],
    [
      "enum e { a }",
      "enum e { a, b }",
      ["enum e: case b was added (enums are closed: adding a case breaks callers)"],
    ],
    [
      "flags p { a }",
      "flags p { a, b }",
      ["flags p: flag b was added (flags are closed: adding one breaks callers)"],
    ],
    ["record t { a: u8 }", "enum t { a }", ["record t: changed from a record to an enum"]],
    ["type t = u8;", "resource t;", ["type t: changed from u8 to a resource"]],
    [
      "type t = u8; f: func(a: t);",
      "type t = u16; f: func(a: t);",
      ["type t: changed from u8 to u16"],
    ],
    [
      "resource h { m: func(a: u8); }",
      "resource h { m: func(a: s8); }",
      ["method h.m: parameter a changed from u8 to s8"],
    ],
    [
      "type n = list<u8>; type m = n;",
      "type n = list<u8, 2>; type m = n;",
      ["type n: changed from list<u8> to list<u8, 2>"],
    ],
  ])("%s → %s", async (before, after, expected) => {
    const [previous, next] = [await read(before), await read(after)];
    expect(messages(previous, next, "Backward")).toEqual(expected);
    expect(messages(previous, next, "Full")).toEqual(expected);
    expect(messages(previous, next, "Forward")).toEqual(expected);
    expect(messages(previous, next, "None")).toEqual([]);
  });

  it("reaches through a sibling whose types are used", async () => {
    const version = (field: string) =>
      source(
        `interface shapes { record inner { ${field} } record size { i: inner } record unused { ${field} } }
         interface image { use shapes.{size}; f: func(s: size); }`,
      );
    const [previous, next] = [
      await readSource(version("w: u8")),
      await readSource({ ...version("w: u16"), version: "0.2.0" }),
    ];
    expect(messages(previous, next, "Backward")).toEqual([
      "record inner of wasi:custom/shapes: field w changed from u8 to u16",
    ]);
  });
});

describe("a change that breaks one way", () => {
  it.each<[string, string, string]>([
    ["f: func();", "f: func(); g: func();", "function g was added"],
    ["", "type t = u8;", "type t was added"],
    ["", "resource r;", "resource r was added"],
  ])("%j → %j: an addition breaks forward only", async (before, after, expected) => {
    const [previous, next] = [await read(before), await read(after)];
    expect(messages(previous, next, "Backward")).toEqual([]);
    expect(messages(previous, next, "Forward")).toEqual([expected]);
    expect(messages(next, previous, "Forward")).toEqual([]);
    expect(messages(next, previous, "Backward")).toEqual([expected.replace("added", "removed")]);
  });

  it("demands one more import, which breaks backward only", async () => {
    const previous = await read("type input = u8;");
    const next = await read("use wasi:io/error@0.2.0.{error}; type input = u8;", [ioError]);
    expect(compareInterfaces(previous, next, "Backward")).toEqual([
      { subject: "import wasi:io/error@0.2.0", message: "import wasi:io/error@0.2.0 was added" },
    ]);
    expect(messages(previous, next, "Forward")).toEqual(["type error was added"]);
  });
});

describe("a change that breaks nobody", () => {
  it.each([
    ["f: func(a: u8);", "/// Documented.\n f: func(a: u8,);"],
    ["type t = u8; f: func(a: t);", "type t = u8; f: func(a: u8);"],
    ["f: func(); g: func();", "g: func(); f: func();"],
    ["resource r; f: func(a: r);", "resource r; f: func(a: own<r>);"],
  ])("%s → %s", async (before, after) => {
    expect(messages(await read(before), await read(after), "Full")).toEqual([]);
  });

  it("is a later patch of an imported interface", async () => {
    const image = (version: string) =>
      source(
        `interface image { use wasi:io/streams@${version}.{input-stream}; f: func(s: input-stream); }`,
      );
    const later = [
      { ...streams, version: "0.2.1" },
      { ...ioError, version: "0.2.1", text: ioError.text.replace("0.2.0", "0.2.1") },
    ];
    const previous = await readSource(image("0.2.0"), [streams, ioError]);
    const next = await readSource(image("0.2.1"), later);
    expect(messages(previous, next, "Full")).toEqual([]);
  });

  it("is the package's own new version", async () => {
    const text =
      "interface shapes { record size { w: u8 } } interface image { use shapes.{size}; }";
    const previous = await readSource(source(text));
    const next = await readSource(source(text, { version: "1.0.0" }));
    expect(messages(previous, next, "Full")).toEqual([]);
  });
});

describe("any two interfaces", () => {
  it("an interface is compatible with itself", () => {
    fc.assert(
      fc.property(anInterface, (one) => {
        expect(messages(one, one, "Full")).toEqual([]);
      }),
    );
  });

  it("None never finds a break", () => {
    fc.assert(
      fc.property(anInterface, anInterface, (one, other) => {
        expect(messages(one, other, "None")).toEqual([]);
      }),
    );
  });

  it("Full finds what Backward or Forward finds, and no more", () => {
    fc.assert(
      fc.property(anInterface, anInterface, (one, other) => {
        const either = [...messages(one, other, "Backward"), ...messages(one, other, "Forward")];
        expect(new Set(messages(one, other, "Full"))).toEqual(new Set(either));
      }),
    );
  });

  it("Forward finds breaks in the same places as Backward the other way round", () => {
    const names = (previous: WitInterface, next: WitInterface, compatibility: Compatibility) =>
      new Set(
        compareInterfaces(previous, next, compatibility).map(({ subject }) =>
          subject.replace(/^\w+ /, ""),
        ),
      );
    fc.assert(
      fc.property(anInterface, anInterface, (one, other) => {
        expect(names(one, other, "Forward")).toEqual(names(other, one, "Backward"));
      }),
    );
  });

  it("adding a function never breaks backward and always breaks forward", () => {
    fc.assert(
      fc.property(anInterface, (one) => {
        const added = { name: "added", isAsync: false, parameters: [], result: null };
        const next = { ...one, functions: [...one.functions, added] };
        expect(messages(one, next, "Backward")).toEqual([]);
        expect(messages(one, next, "Forward")).toEqual(["function added was added"]);
      }),
    );
  });
});
