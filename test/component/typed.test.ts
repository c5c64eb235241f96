import { expect, test } from "vitest";
import { typed } from "./fixtures/components.ts";
import orphan from "./fixtures/orphan.wasm?bytes";
import { caller, prepare } from "./guest.ts";

test("calls functions of exported interfaces and of the world by their WIT types", async () => {
  const call = await caller(typed);
  expect(await call("add", [2, 40])).toMatchObject({
    returnValue: "42",
    failure: null,
  });
});

test("keeps nothing from one call to the next", async () => {
  const call = await caller(typed);
  const first = await call("count");
  expect(first.returnValue).toBe("1");
  expect(await call("count")).toEqual(first);
});

test("tells an error of a result as the answer", async () => {
  const call = await caller(typed);
  expect(await call("check", [1])).toMatchObject({
    returnValue: '{"ok":1}',
  });
  expect(await call("check", [0])).toMatchObject({
    returnValue: '{"err":0}',
    failure: null,
  });
});

test("ends a loop when its gas is used up", async () => {
  const call = await caller(typed);
  const answer = await call("spin", [], { gas: { budget: 1_000_000, slice: 100_000 } });
  expect(answer).toMatchObject({ returnValue: null, failure: { code: "GUEST_GAS" } });
});

test("tells a trap from its end of gas", async () => {
  const call = await caller(typed);
  const answer = await call("trap");
  expect(answer).toMatchObject({
    returnValue: null,
    gasUsed: null,
    failure: { code: "GUEST_TRAP" },
  });
});

test("tells a recursion without end, and a memory that is full, from other traps", async () => {
  const call = await caller(typed);
  const gas = { budget: 1_000_000_000, slice: 20_000_000 };
  const deep = await call("recurse", [], { gas });
  expect(deep.failure?.code).toBe("GUEST_STACK");
  const full = await call("exhaust", [], { gas });
  expect(full.failure).toMatchObject({
    code: "GUEST_MEMORY",
    message: expect.stringContaining(`${full.memoryUsedBytes} bytes`),
  });
  expect(full.memoryUsedBytes).toBe(16 * 1024 * 1024);
});

test("counts the same gas at every run", async () => {
  const call = await caller(typed);
  const { gasUsed } = await call("add", [1, 2]);
  expect(gasUsed).toBeGreaterThan(0);
  expect((await call("add", [1, 2])).gasUsed).toBe(gasUsed);
});

test("holds the memory cap", async () => {
  const call = await caller(typed);
  expect(await call("grow", [100])).toMatchObject({ returnValue: "1" });
  expect(await call("grow", [100_000])).toMatchObject({ returnValue: "-1" });
  await expect(prepare(typed, 0)).rejects.toThrow("expected memories of at most 0 MB");
});

test("refuses a name that could end a string of jco's output", async () => {
  const text = Array.from(typed, (byte) => String.fromCharCode(byte)).join("");
  const hurt = text.replaceAll("spin", "s'];");
  const bytes = Uint8Array.from(hurt, (letter) => letter.charCodeAt(0));
  await expect(prepare(bytes)).rejects.toThrow("printable ASCII without quotes");
});

test("refuses a function that the world itself imports", async () => {
  await expect(prepare(orphan)).rejects.toThrow("got log imported by the world itself");
});

test("is suspended between slices, and uses the same gas", async () => {
  const call = await caller(typed);
  const whole = await call("add", [1, 2], { gas: { budget: 1_000_000, slice: 1_000_000 } });
  const sliced = await call("add", [1, 2], { gas: { budget: 1_000_000, slice: 8 } });
  expect(sliced).toEqual(whole);
  const late = await call("spin", [], { gas: { budget: 1e12, slice: 100_000 }, timeoutMs: 50 });
  expect(late.failure?.code).toBe("GUEST_DEADLINE");
});
