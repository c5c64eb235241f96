// What a call is told to have used of memory, and what it finds there.
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { readCoreModule } from "#wasm/core/read.ts";
import { LENT_MODULE } from "#wasm/meter/meter.ts";
import { prepareCore } from "#wasm/prepare.ts";
import { callGuest } from "./call.ts";
import hidden from "./fixtures/hidden.wat";
import memory from "./fixtures/memory.wat";

it("counts each memory once, whether it is exported by no name or by two", async () => {
  const signature = { name: "grow", style: "numbers", parameters: [], results: ["i32"] } as const;
  const answer = await callGuest(hidden, { function: signature, arguments: [] });
  expect(answer).toMatchObject({ returnValue: "2", memoryUsedBytes: (4 + 3) * 65_536 });
});

it("is lent by the host to what is prepared of a core module", () => {
  const [part] = prepareCore(memory, DEFAULT_LIMITS).parts;
  const { imports } = readCoreModule(part?.bytes.slice() ?? new Uint8Array());
  expect(imports).toMatchObject([{ module: LENT_MODULE, extern: { kind: "memory" } }]);
});

describe("a call", () => {
  it("finds nothing in its memory of calls before it", async () => {
    expect([await ask("leave", 7), await ask("leave", 8), await ask("leave", 9)]).toEqual([
      "0",
      "0",
      "0",
    ]);
  });

  it("finds what its module's data is, whatever a call before it made of that", async () => {
    expect([await ask("spoil", 7), await ask("spoil", 8)]).toEqual(["42", "42"]);
  });

  it("finds as many pages as its module begins with, however far a call before it grew", async () => {
    expect([await ask("grow", 2), await ask("grow", 1), await ask("grow", 9)]).toEqual([
      "1",
      "1",
      "-1",
    ]);
  });

  it("finds nothing of a call that trapped", async () => {
    expect(await ask("trap", 7)).toBeNull();
    expect(await ask("leave", 8)).toBe("0");
  });

  it("has a memory of its own while others run", async () => {
    const words = Array.from({ length: 20 }, (_, index) => index + 1);
    const gas = { budget: 1_000_000_000, slice: 20_000 };
    const held = await Promise.all(words.map((word) => ask("hold", word, gas)));
    expect(held).toEqual(words.map(String));
    expect(await ask("leave", 1)).toBe("0");
  });
});

async function ask(
  name: string,
  value: number,
  gas = { budget: 1_000_000_000, slice: 20_000_000 },
): Promise<string | null> {
  const parameters = [{ name: null, type: "i32" }] as const;
  const signature = { name, style: "numbers", parameters, results: ["i32"] } as const;
  return (await callGuest(memory, { function: signature, arguments: [value], gas })).returnValue;
}
