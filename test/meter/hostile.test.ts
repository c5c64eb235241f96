import { describe, expect, it } from "vitest";
import { readCoreModule } from "#wasm/core/read.ts";
import { CALL_PREPAYS, meterModule } from "#wasm/meter/meter.ts";
import exnref from "./fixtures/exnref.wat";
import hostile from "./fixtures/hostile.wat";
import starting from "./fixtures/starting.wat";
import { limits, runMetered } from "./guest.ts";
import type { Call } from "./harness.ts";

const overflow = "RangeError: Maximum call stack size exceeded";
const trap = "RuntimeError: unreachable";

function calls(module: Uint8Array): Call[] {
  const functions = readCoreModule(module).exports.filter(({ kind }) => kind === "func");
  // A host that throws takes far longer than what throws inside.
  return functions.map(({ name }) => ({
    name,
    gas: name === "caughtFromHost" ? 50_000n : 2_000_000n,
  }));
}

describe("a program without an end", () => {
  it.each([
    ["runs out of gas, whatever makes it go on", hostile],
    ["runs out of gas where exceptions are references", exnref],
  ])("%s", async (_, module) => {
    const list = calls(module);
    const answers = await runMetered(module, list);
    const ended = answers.map(({ outcome, isOutOfGas }, place) => [
      list[place]?.name,
      outcome,
      isOutOfGas,
    ]);
    expect(ended).toEqual(
      list.map(({ name }) =>
        // The engine's own stack ends this one; a module can't catch that.
        name === "recursion" ? [name, overflow, false] : [name, trap, true],
      ),
    );
  });

  it("spends no more than it has, but for one stretch of code or one bulk operation", async () => {
    const list = calls(hostile).filter(({ name }) => !/^(?:recursion|fill|copy)$/.test(name));
    const answers = await runMetered(hostile, list);
    const over = answers.map(({ gasUsed }, place) => (gasUsed ?? 0n) - (list[place]?.gas ?? 0n));
    expect(over.filter((gas) => gas < 1n || gas > 20_000n)).toEqual([]);
  });

  it("does not begin by itself: its start waits for the gas", async () => {
    const { metered, bytes } = meterModule(starting, limits);
    expect(metered.start).toBe("edgeloom_start");
    expect(readCoreModule(bytes).start).toBeNull();
    const [answer] = await runMetered(starting, [{ name: "ran", gas: 100_000n }]);
    expect(answer).toMatchObject({ outcome: trap, isOutOfGas: true });
  });

  it("can run nothing while no gas is set, but a function as short as a call prepays", async () => {
    const answers = await runMetered(hostile, [{ name: "loop", gas: 0n }]);
    expect(answers).toMatchObject([{ outcome: trap, isOutOfGas: true }]);
    expect(CALL_PREPAYS).toBeLessThan(32);
  });
});
