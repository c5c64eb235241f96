// Guests in slices: through the real loader, in the real runtime.
import { describe, expect, it } from "vitest";
import hostile from "#test/fixtures/hostile.wat";
import starting from "#test/fixtures/starting.wat";
import sound from "#test/fixtures/sound.wat";
import numeric from "#test/fixtures/numbers.wat";
import { callGuest } from "./call.ts";

const BUDGET = 1_000_000_000;

function numbers(name: string) {
  return {
    function: { name, style: "numbers", parameters: [], results: [] },
    arguments: [],
  } as const;
}

describe("a guest that is run in slices", () => {
  it.each([
    ["root", 20_000],
    ["spin", 300_000],
  ])("uses the gas that it uses in one piece: %s", async (name, value) => {
    const call = {
      function: {
        name,
        style: "numbers",
        parameters: [{ name: null, type: name === "root" ? "f64" : "i32" }],
        results: [name === "root" ? "f64" : "i32"],
      },
      arguments: [value],
    } as const;
    const whole = await callGuest(numeric, { ...call, gas: { budget: BUDGET, slice: BUDGET } });
    expect(whole.failure).toBeNull();
    expect(whole.gasUsed).toBeGreaterThan(value);
    for (const parts of [2, 7, 31]) {
      const slice = Math.ceil((whole.gasUsed ?? 0) / parts);
      expect(await callGuest(numeric, { ...call, gas: { budget: BUDGET, slice } })).toEqual(whole);
    }
  });

  it("runs out of its budget, not of a slice", async () => {
    const gas = { budget: 5_000_000, slice: 100_000 };
    const answer = await callGuest(hostile, { ...numbers("loop"), gas });
    expect([answer.failure?.code, answer.gasUsed]).toEqual(["GUEST_GAS", 5_000_000]);
  });

  it("pays for its start function", async () => {
    const gas = { budget: 5_000_000, slice: 1_000 };
    const answer = await callGuest(starting, { ...numbers("answer"), gas });
    expect([answer.failure?.code, answer.gasUsed]).toEqual(["GUEST_GAS", 5_000_000]);
  });

  it("is stopped at its deadline, with what it used until then", async () => {
    const gas = { budget: 1e12, slice: 1_000_000 };
    const answer = await callGuest(hostile, { ...numbers("loop"), gas, timeoutMs: 50 });
    expect(answer.failure?.code).toBe("GUEST_DEADLINE");
    expect(answer.gasUsed).toBeGreaterThan(0);
    expect(answer.gasUsed).toBeLessThan(1e12);
  });

  it("lets its neighbours have their turns", async () => {
    const gas = { budget: 300_000_000, slice: 3_000_000 };
    const load = { isRunning: true };
    const long = callGuest(hostile, { ...numbers("loop"), gas }).finally(() => {
      load.isRunning = false;
    });
    let answered = 0;
    while (load.isRunning) {
      const { returnValue } = await callGuest(sound, {
        function: {
          name: "add",
          style: "numbers",
          parameters: [
            { name: null, type: "i32" },
            { name: null, type: "i32" },
          ],
          results: ["i32"],
        },
        arguments: [2, 3],
      });
      expect(returnValue).toBe("5");
      answered += 1;
      // Calls inside of one process keep its loop so busy that no timer would come up.
      await scheduler.wait(1);
    }
    expect((await long).failure?.code).toBe("GUEST_GAS");
    expect(answered).toBeGreaterThan(4);
  });

  it("pays for itself alone, whoever was stopped in its isolate before and runs beside it", async () => {
    const spin = (rounds: number, slice: number, budget = BUDGET) =>
      callGuest(numeric, {
        function: {
          name: "spin",
          style: "numbers",
          parameters: [{ name: null, type: "i32" }],
          results: ["i32"],
        },
        arguments: [rounds],
        gas: { budget, slice },
      });
    const rounds = [10_000, 20_000, 30_000, 40_000];
    const alone = await Promise.all(rounds.map((count) => spin(count, BUDGET)));
    const stopped = await Promise.all(rounds.map((count) => spin(count, 5_000, 10_000)));
    expect(stopped.map(({ failure }) => failure?.code)).toEqual(rounds.map(() => "GUEST_GAS"));
    const together = await Promise.all(rounds.map((count) => spin(count, 5_000)));
    expect(together).toEqual(alone);
  });
});
