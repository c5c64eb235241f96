import { describe, expect, it } from "vitest";
import type { Bytes } from "#test/wasm/builder.ts";
import {
  core,
  custom,
  functionType,
  i32,
  i64,
  oneBody,
  oneFunction,
  oneType,
  section,
  text,
  u32,
  vector,
} from "#test/wasm/builder.ts";
import everything from "#test/wasm/fixtures/everything.wat";
import { readCoreModule } from "#wasm/core/read.ts";
import { WasmFault } from "#wasm/cursor.ts";
import { HINTS_SECTION } from "#wasm/meter/hints.ts";
import type { MeterOptions } from "#wasm/meter/meter.ts";
import {
  GAS_EXPORT,
  LENT_MODULE,
  MEMORY_EXPORT,
  meterModule,
  ModuleMeter,
  readLentName,
  START_EXPORT,
  YIELD_EXPORT,
} from "#wasm/meter/meter.ts";
import hostile from "./fixtures/hostile.wat";
import kernels from "./fixtures/kernels.wat";
import wide from "./fixtures/wide.wat";
import { limits, runMetered } from "./guest.ts";

function made(...sections: Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(core(...sections));
}

// Meters without validating first, as a stream is.
function streamed(
  bytes: Uint8Array,
  chunk = bytes.length,
  options = limits,
): Uint8Array<ArrayBuffer> {
  const meter = new ModuleMeter(options);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    // Cut out, so that nothing can be read past what was given.
    parts.push(...meter.write(bytes.slice(at, at + chunk)));
  }
  const { parts: last, metered } = meter.end();
  const written = new Uint8Array(metered.bytesWritten);
  let at = 0;
  for (const part of [...parts, ...last]) {
    written.set(part, at);
    at += part.length;
  }
  if (metered.patch !== null) written.set(metered.patch.bytes, metered.patch.offset);
  return written;
}

function refusal(bytes: Uint8Array, options: MeterOptions = limits): string {
  try {
    streamed(bytes, bytes.length, options);
    return "";
  } catch (error) {
    if (error instanceof WasmFault) return error.message;
    throw error;
  }
}

const body = (...code: number[]): Bytes => [...u32(code.length + 2), 0, ...code, 0x0b];

describe("a metered module", () => {
  const before = readCoreModule(everything);
  const after = readCoreModule(meterModule(everything, limits).bytes);

  it("keeps its types, functions, imports, tags and the indices of all", () => {
    const [types, functions] = [before.types.length, before.functionTypes.length];
    expect(after.types.slice(0, types)).toEqual(before.types);
    expect(after.functionTypes.slice(0, functions)).toEqual(before.functionTypes);
    // What is added calls by types that are added.
    expect(Math.min(...after.functionTypes.slice(functions))).toBe(types);
    expect(after.tagTypes).toEqual(before.tagTypes);
    expect(after.imports.map(({ module, name }) => [module, name])).toEqual(
      before.imports.map(({ module, name }) => [module, name]),
    );
    expect(after.globals.slice(0, -2)).toEqual(before.globals);
    expect(after.exports.slice(0, before.exports.length)).toEqual(before.exports);
    expect([after.elementSegments, after.dataSegments, after.dataCount]).toEqual([
      before.elementSegments,
      before.dataSegments,
      before.dataCount,
    ]);
  });

  it("gives out the gas and the start function under names of the host's", () => {
    const added = after.exports.slice(before.exports.length);
    expect(added).toEqual([
      { name: GAS_EXPORT, kind: "global", index: before.globals.length },
      { name: YIELD_EXPORT, kind: "global", index: before.globals.length + 1 },
      { name: START_EXPORT, kind: "func", index: before.start },
    ]);
    expect(after.globals.at(-2)).toEqual({ type: "i64", mutable: true });
    expect(after.start).toBeNull();
  });

  it("has globals and exports even if the original had none", () => {
    const { bytes } = meterModule(made(oneType, oneFunction, oneBody), limits);
    expect(readCoreModule(bytes).exports).toEqual([
      { name: GAS_EXPORT, kind: "global", index: 0 },
      { name: YIELD_EXPORT, kind: "global", index: 1 },
    ]);
    expect(WebAssembly.validate(meterModule(made(), limits).bytes)).toBe(true);
  });

  it("keeps names and loses what tells where in the code something stands", () => {
    const kept = ["name", "producers", "target_features", "anything"];
    const lost = [
      ".debug_info",
      "reloc.CODE",
      "linking",
      "sourceMappingURL",
      "metadata.code.trace_inst",
    ];
    const named = custom("name", [0], vector([...text("m")]).slice(1));
    const sections = [...lost, ...kept.slice(1)].flatMap((name) => custom(name, [1, 2, 3]));
    const original = made(
      sections.slice(0, 60),
      sections.slice(60),
      oneType,
      oneFunction,
      oneBody,
      named,
    );
    const { customSections } = readCoreModule(streamed(original));
    const found = customSections.filter(({ name }) => name !== "" && name !== HINTS_SECTION);
    expect(found.map(({ name }) => name).toSorted()).toEqual(kept.toSorted());
  });

  it.each([
    ["everything", everything],
    ["the kernels", kernels],
    ["the hostile", hostile],
    ["the wide", wide],
  ])("is the same however %s comes in", (_, original) => {
    const whole = meterModule(original, limits).bytes;
    expect(WebAssembly.validate(whole)).toBe(true);
    for (const chunk of [1, 7, 1000]) expect(streamed(original, chunk)).toEqual(whole);
  });
});

describe("a memory that the host lends", () => {
  const lending = { ...limits, lendsMemory: true };
  const memory = (...entries: Bytes[]): Bytes => section(5, vector(...entries));
  const given = section(2, vector([...text("a"), ...text("m"), 2, 0, 1]));

  it("is an import after the module's own, in the sizes that the module may have, and nothing else moves", () => {
    const original = made(oneType, oneFunction, memory([1, 2, 100]), oneBody);
    const own = readCoreModule(meterModule(original, limits).bytes);
    const { bytes, metered } = meterModule(original, lending);
    const { imports, ...rest } = readCoreModule(bytes);
    const place = { module: LENT_MODULE, name: "memory 2 64" };
    expect(imports).toMatchObject([{ ...place, extern: { kind: "memory" } }]);
    expect(readLentName(place.name)).toEqual({ minimum: 2, maximum: 64 });
    expect(metered.imported).toEqual([
      { ...place, kind: "memory", minimum: 2, maximum: 64, wide: false, element: null },
    ]);
    const { memories, functionTypes, globals, exports } = own;
    expect(rest).toMatchObject({ memories, functionTypes, globals, exports });
    expect(streamed(original, 1, lending)).toEqual(bytes);
  });

  it.each<[string, Bytes[]]>([
    ["of another module's", [oneType, given, oneFunction]],
    ["beside a second one", [oneType, oneFunction, memory([0, 1], [0, 1])]],
    ["of 64 bits", [oneType, oneFunction, memory([4, 1])]],
    ["that begins large", [oneType, oneFunction, memory([0, 33])]],
  ])("is none %s", (_, sections) => {
    const original = made(...sections, oneBody);
    expect(meterModule(original, lending).bytes).toEqual(meterModule(original, limits).bytes);
  });

  it("costs no gas more and changes no answer", async () => {
    const calls = [{ name: "bulk", values: [100], gas: 10_000_000n }];
    const lent = await runMetered(kernels, calls, lending);
    expect(lent).toEqual(await runMetered(kernels, calls));
  });
});

describe("what stands around a loop", () => {
  // Seen from the block inside of it: three blocks at 2 to 4, one that leaves a number at 5, three more to 8.
  const blocks = [0x40, 0x40, 0x40, 0x7c, 0x40, 0x40, 0x40].flatMap((type) => [0x02, type]);
  const number = [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
  const ends = [0x0b, 0x0b, 0x0b, ...number, 0x0b, 0x1a, 0x0b, 0x0b, 0x0b];
  const again = [0x41, 0, 0x0d, 0];

  it.each<[string, Bytes]>([
    ["by a branch to each label", [0, 1, 2, 3, 4, 6, 8].flatMap((depth) => [0x41, 0, 0x0d, depth])],
    ["by a branch that no path leads to", [0x0c, 4, 0x41, 0, 0x41, 0, 0x0d, 8, 0x1a]],
    ["by a table", [0x41, 0, 0x0e, 1, 3, 8]],
    ["by a return", [0x0f]],
    ["by a label that is written longer than it must be", [0x0c, 0x84, 0x80, 0x00]],
  ])("leaves its labels where they were, for one that is left %s", (_, leaving) => {
    const loop = [0x03, 0x40, ...again, 0x02, 0x40, ...leaving, 0x0b, ...again, 0x0b];
    const code = [0, ...blocks, ...loop, ...ends, 0x0b];
    const bodies = section(10, vector([...u32(code.length), ...code]));
    const original = made(oneType, oneFunction, bodies);
    expect(WebAssembly.validate(original)).toBe(true);
    expect(WebAssembly.validate(meterModule(original, limits).bytes)).toBe(true);
  });
});

describe("the meter refuses", () => {
  it.each<[string, Bytes[], string]>([
    ["a local that is its own", [body(0x20, 0, 0x1a)], "local: expected one below 0, got 0"],
    ["a global that is its own", [body(0x23, 0, 0x1a)], "global: expected one below 0, got 0"],
    ["to set a global that is its own", [body(0x42, 0, 0x24, 0)], "global: expected one below 0"],
    ["a call of a function that is its own", [body(0x10, 1)], "function: expected one below 1"],
    [
      "a block of a type that is its own",
      [body(0x02, 1, 0x0b)],
      "block type: expected one below 1",
    ],
    ["a label that isn't there", [body(0x0c, 1)], "branch: expected a label that is there, got 1"],
    [
      "a memory that isn't there",
      [body(0x41, 0, 0x40, 0, 0x1a)],
      "memory: expected one that is there",
    ],
    ["code after the end", [body(0x0b)], "expected nothing after its last end"],
    ["code without an end", [[4, 0, 0x02, 0x40, 0x0b]], "expected an end instruction, got none"],
    ["an else without an if", [body(0x05)], "expected an else or a handler inside of its block"],
    ["a body cut short", [[5, 0, 0x0b]], "body: expected"],
  ])("%s", (_, bodies, reason) => {
    expect(refusal(made(oneType, oneFunction, section(10, vector(...bodies))))).toContain(reason);
  });

  it.each<[string, Bytes, string]>([
    [
      "an export of its global's index",
      section(7, vector([...text("g"), 3, 0])),
      "global index: expected one below 0",
    ],
    [
      "an export of its global's name",
      section(7, vector([...text(GAS_EXPORT), 0, 0])),
      `expected no ${GAS_EXPORT}`,
    ],
    [
      "an export of its start's name",
      section(7, vector([...text(START_EXPORT), 0, 0])),
      `expected no ${START_EXPORT}`,
    ],
    [
      "an export of a name that its hidden memories get",
      section(7, vector([...text(`${MEMORY_EXPORT}0`), 0, 0])),
      `expected no ${MEMORY_EXPORT}0`,
    ],
    [
      "an element of no function",
      section(9, vector([1, 0, ...vector([9])])),
      "func index: expected one below 1",
    ],
  ])("%s", (_, bytes, reason) => {
    expect(refusal(made(oneType, oneFunction, bytes, oneBody))).toContain(reason);
  });

  it.each<[string, Bytes, string]>([
    [
      "limits the wrong way round",
      section(5, vector([1, 9, 8])),
      "expected a maximum of at least 9, got 8",
    ],
    [
      "too large a memory to start with",
      section(5, vector([0, 65])),
      "expected at most 64 pages to start with, got 65",
    ],
    [
      "too large memories together",
      section(5, vector([0, 33], [0, 32])),
      "expected at most 64 pages to start with, got 65",
    ],
    [
      "too large a table to start with",
      section(4, vector([0x70, 0, ...u32(5_001)])),
      "expected at most 5000 elements",
    ],
    ["a shared memory", section(5, vector([3, 1, 2])), "threads"],
    ["a structure's type", section(1, vector([0x5f, 0])), "GC"],
    ["a global of a collected type", section(6, vector([0x6e, 0, 0xd0, 0x6e, 0x0b])), "GC"],
    ["a component", [], ""],
  ])("%s", (_, bytes, reason) => {
    if (reason !== "") expect(refusal(made(bytes))).toContain(reason);
    else expect(refusal(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))).toContain("component");
  });

  it("a function that leaves no room in the engine's limits", () => {
    const withLocals = [1, ...u32(50_000), i32, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b];
    const original = made(
      oneType,
      oneFunction,
      section(10, vector([...u32(withLocals.length), ...withLocals])),
    );
    expect(WebAssembly.validate(original)).toBe(true);
    expect(refusal(original)).toContain("leaves room for its meter in 50000 locals");
  });

  it("a function that grows past what the engine takes", () => {
    const loop = [0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b];
    const large = new Uint8Array(7_600_000).fill(0x01);
    for (let at = 1; at + 7 < large.length; at += 7) large.set(loop, at);
    large[0] = 0;
    large[large.length - 1] = 0x0b;
    const head = core(oneType, oneFunction);
    const size = u32(large.length);
    const frame = [10, ...u32(large.length + size.length + 1), 1, ...size];
    const original = Uint8Array.from([...head, ...frame, ...large]);
    expect(refusal(original)).toMatch(
      /function 0: expected one that takes at most \d+ bytes when metered/,
    );
  });

  it("gas for a host's call that isn't a sound number", () => {
    const imported = section(2, vector([...text("a"), ...text("b"), 0, 0]));
    const original = made(
      section(1, vector(functionType([i64], []))),
      imported,
      oneFunction,
      section(10, vector(body())),
    );
    for (const gas of [-1, 0.5, Infinity, NaN]) {
      expect(() => meterModule(original, { ...limits, hostGas: () => gas })).toThrow(RangeError);
    }
  });

  it("what the engine refuses", () => {
    const invalid = made(oneType, oneFunction, section(10, vector(body(0x6a))));
    expect(() => meterModule(invalid, limits)).toThrow("expected one that the engine takes");
  });
});
