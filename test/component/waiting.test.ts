// A component that waits is suspended, and what its host copies for it is paid by its size.
import { expect, test } from "vitest";
import waiting from "./fixtures/waiting.wasm?bytes";
import { caller } from "./guest.ts";

const MS = 1_000_000;

test("sleeps by being suspended, spends no gas on it, and hinders nobody", async () => {
  const call = await caller(waiting);
  const [long, short] = [call("sleep", [1_000 * MS]), call("sleep", [MS])];
  // A long sleep that held the thread would be over first, since it was begun first.
  const first = await Promise.race([long.then(() => "long"), short.then(() => "short")]);
  expect(first).toBe("short");
  const [answer, slept] = [await long, await short];
  expect(Number(JSON.parse(answer.returnValue ?? "0"))).toBeGreaterThanOrEqual(999 * MS);
  expect(answer.gasUsed).toBe(slept.gasUsed);
});

test("polls for the first of several", async () => {
  const call = await caller(waiting);
  expect(await call("first", [2_000 * MS, 20 * MS])).toMatchObject({ returnValue: "1" });
  expect(await call("first", [20 * MS, 2_000 * MS])).toMatchObject({ returnValue: "0" });
});

test("ends at its deadline while it sleeps", async () => {
  const call = await caller(waiting);
  const since = performance.now();
  const answer = await call("sleep", [60_000 * MS], { timeoutMs: 100 });
  expect(answer.failure?.code).toBe("GUEST_DEADLINE");
  expect(performance.now() - since).toBeLessThan(2_000);
});

test.each(["strings", "numbers"])("pays for each of the %s that its host copies", async (name) => {
  const call = await caller(waiting);
  const [few, many] = [await call(name, [10, 1_000]), await call(name, [1_000, 1_000])];
  expect(few.failure).toBeNull();
  expect(many.gasUsed ?? 0).toBeGreaterThan((few.gasUsed ?? 0) + 900_000);
});

test.each(["strings", "numbers"])(
  "is stopped when its %s would be copied for hours",
  async (name) => {
    const call = await caller(waiting);
    const since = performance.now();
    const answer = await call(name, [100_000, 1_000_000], { gas: { budget: 1e12, slice: 1e7 } });
    expect(answer.failure?.message).toContain(
      "makes its host copy at most 268435456 bytes at once",
    );
    expect(performance.now() - since).toBeLessThan(10_000);
  },
);

test("pays for what it asks of the host", async () => {
  const call = await caller(waiting);
  const answer = await call("drain", [], { gas: { budget: 1e9, slice: 1e7 } });
  expect([answer.failure?.code, answer.gasUsed]).toEqual(["GUEST_GAS", 1e9]);
});
