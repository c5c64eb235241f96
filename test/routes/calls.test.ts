// POST /wasm/execute: how a function is called by its real types, and what it answers.
import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Problem } from "#test/builders/client.ts";
import { execute, serve } from "#test/builders/deployments.ts";
import type { Execution } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import chatty from "#test/fixtures/chatty.wat";
import numbers from "#test/fixtures/numbers.wat?names";
import sound from "#test/fixtures/sound.wat";

let region = "";
let node = "";
const ids = { numbers: "", sound: "", chatty: "" };

beforeAll(async () => {
  const made = await place(1);
  region = made.region;
  [node = ""] = made.nodes;
  ids.numbers = await module(numbers, { limits: { maxMemoryMB: 1 } });
  ids.sound = await module(sound);
  ids.chatty = await module(chatty);
  for (const id of Object.values(ids)) await serve(id, region);
});

function call(
  moduleId: string,
  functionName: string,
  parameters?: unknown,
): Promise<Answer<Execution>> {
  return execute({ moduleId, functionName, parameters });
}

async function returned(functionName: string, parameters?: unknown): Promise<string | null> {
  const { body } = await call(ids.numbers, functionName, parameters);
  if (!body.success) throw new Error(JSON.stringify(body));
  return body.returnValue;
}

async function refused(functionName: string, parameters?: unknown): Promise<readonly string[]> {
  const { status, body } = await call(ids.numbers, functionName, parameters);
  const { error } = body as unknown as Problem;
  expect([status, error.code]).toEqual([400, "INVALID_PARAMETERS"]);
  return error.details;
}

describe("a numbers function", () => {
  test.each<[string, string, unknown, string | null]>([
    ["takes an array in order", "add", [2, 3], "5"],
    ["takes an object by the names in the binary", "add", { right: 3, left: 2 }, "5"],
    ["wraps an i32 as WASM does", "add", [2147483647, 1], "-2147483648"],
    ["takes an unsigned i32", "add", [4294967295, 1], "0"],
    [
      "answers a long that JSON can hold as a number",
      "long",
      [9007199254740991],
      "9007199254740991",
    ],
    ["takes a long as a string", "long", ["42"], "42"],
    [
      "answers a long that JSON can't hold as a string",
      "long",
      ["-9223372036854775808"],
      '"-9223372036854775808"',
    ],
    ["takes an unsigned long", "long", ["18446744073709551615"], "-1"],
    ["takes a double", "double", [0.1], "0.1"],
    ["rounds a single as WASM does", "single", [0.5], "0.5"],
    ["answers NaN as a string", "divide", [0], '"NaN"'],
    ["answers several results as an array", "swap", [1, 2], "[2,1]"],
    ["answers null where there is no result", "nothing", undefined, null],
    ["takes an empty array where there are no parameters", "nothing", [], null],
    ["takes an empty object where there are no parameters", "nothing", {}, null],
  ])("%s", async (...[, name, parameters, expected]) => {
    expect(await returned(name, parameters)).toBe(expected);
  });

  test.each<[string, string, unknown, RegExp]>([
    ["too few parameters", "add", [1], /expected 2 parameters, got 1/],
    ["too many parameters", "add", [1, 2, 3], /expected 2 parameters, got 3/],
    ["no parameters", "add", undefined, /expected 2 parameters, none were given/],
    ["parameters that are a scalar", "add", 7, /expected an array or an object/],
    ["an unknown name", "add", { left: 1, right: 2, middle: 3 }, /unknown parameters middle/],
    ["a missing name", "add", { left: 1 }, /missing parameters right/],
    ["a string for an i32", "add", ["1", 2], /parameter left: expected an i32, got "1"/],
    ["a fraction for an i32", "add", [1.5, 2], /parameter left: expected an i32, got 1.5/],
    ["an i32 beyond its range", "add", [4294967296, 2], /-2147483648 to 4294967295/],
    ["an i32 below its range", "add", [-2147483649, 2], /-2147483648 to 4294967295/],
    ["a long that JSON has rounded", "long", [9007199254740992], /an integer or a decimal string/],
    ["a long beyond its range", "long", ["18446744073709551616"], /decimal string/],
    ["a long in hex", "long", ["0x10"], /decimal string/],
    ["a string for a double", "double", ["NaN"], /expected an f64, got "NaN"/],
    ["null for a double", "double", [null], /expected an f64, got null/],
    ["a boolean for a single", "single", [true], /expected an f32, got true/],
  ])("refuses %s", async (...[, name, parameters, detail]) => {
    expect(await refused(name, parameters)).toEqual([expect.stringMatching(detail)]);
  });

  test("refuses every wrong parameter at once", async () => {
    expect(await refused("add", ["a", "b"])).toEqual([
      expect.stringContaining("left"),
      expect.stringContaining("right"),
    ]);
  });
});

describe("a json function", () => {
  test.each<[string, unknown]>([
    ["an object", { url: "https://example.com/ä.jpg", width: 800 }],
    ["an array", [1, null, "two"]],
    ["a string", "läuft ✓"],
    ["null", null],
    ["a boolean", false],
  ])("takes %s and answers its JSON text", async (_, parameters) => {
    const { body } = await call(ids.sound, "echo", parameters);
    expect(body.returnValue).toBe(JSON.stringify(parameters));
  });

  test("gets null where no parameters were given", async () => {
    expect((await call(ids.sound, "echo")).body.returnValue).toBe("null");
  });

  test.each([
    ["garbled", "GUEST_TRAP", /SyntaxError/],
    ["outside", "GUEST_TRAP", /outside of the memory/],
    ["long", "GUEST_OUTPUT", /returned 4718592 characters; 4194304 are allowed/],
  ])("that answers %s JSON fails by itself", async (name, code, message) => {
    const { status, body } = await call(ids.chatty, name);
    expect([status, body]).toMatchObject([
      200,
      {
        success: false,
        returnValue: null,
        error: { code, message: expect.stringMatching(message) },
      },
    ]);
  });

  test("stands beside numbers functions in one module", async () => {
    expect((await call(ids.sound, "add", [2, 3])).body.returnValue).toBe("5");
  });
});

describe("a guest", () => {
  test("that traps is answered with success false and the trap's text", async () => {
    const { status, body } = await call(ids.sound, "fail");
    expect([status, body]).toEqual([
      200,
      {
        success: false,
        returnValue: null,
        error: { code: "GUEST_TRAP", message: expect.stringContaining("unreachable") },
        durationMs: expect.any(Number),
        memoryUsedBytes: 65_536,
        gasUsed: null,
        stdout: "",
        stderr: "",
        exitCode: null,
        executedOn: node,
        moduleId: ids.sound,
        timestamp: expect.any(String),
      },
    ]);
  });

  test("keeps no state from one call to the next", async () => {
    const counts = [await returned("count"), await returned("count"), await returned("count")];
    expect(counts).toEqual(["2", "2", "2"]);
  });

  test("is told apart by how much memory it used", async () => {
    const small = await call(ids.numbers, "grow", [0]);
    const large = await call(ids.numbers, "grow", [3]);
    expect([small.body.memoryUsedBytes, large.body.memoryUsedBytes]).toEqual([65_536, 4 * 65_536]);
  });

  test("can't grow its memory past its limit: memory.grow answers -1", async () => {
    const { body } = await call(ids.numbers, "grow", [20]);
    expect([body.success, body.returnValue, body.memoryUsedBytes]).toEqual([true, "-1", 65_536]);
  });

  test("tells the gas that it used: the same for the same call, more for more work", async () => {
    const gas = async (rounds: number) => (await call(ids.numbers, "spin", [rounds])).body.gasUsed;
    const once = await gas(1_000);
    expect(await gas(1_000)).toBe(once);
    expect(await gas(2_000)).toBeGreaterThan(once ?? 0);
  });

  test("is measured: a longer call takes longer", async () => {
    const short = await call(ids.numbers, "spin", [1]);
    const long = await call(ids.numbers, "spin", [500_000_000]);
    expect(long.body.durationMs).toBeGreaterThan(short.body.durationMs);
  });
});
