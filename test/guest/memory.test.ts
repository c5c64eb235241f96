// What a call is told to have used of memory.
import { expect, it } from "vitest";
import { callGuest } from "./call.ts";
import hidden from "./fixtures/hidden.wat";

it("counts each memory once, whether it is exported by no name or by two", async () => {
  const signature = { name: "grow", style: "numbers", parameters: [], results: ["i32"] } as const;
  const answer = await callGuest(hidden, { function: signature, arguments: [] });
  expect(answer).toMatchObject({ returnValue: "2", memoryUsedBytes: (4 + 3) * 65_536 });
});
