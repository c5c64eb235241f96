// What a guest may keep by wasi:keyvalue, and how a number kept as text grows.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEYS_MAX, VALUE_BYTES_MAX, incremented, requestFault } from "#domain/keyvalue.ts";
import type { KeyvalueRequest } from "#domain/keyvalue.ts";

describe("a request", () => {
  it.each<[string, KeyvalueRequest, string]>([
    ["an empty key", { type: "get", keys: [""] }, "A key has 1 to"],
    ["a long key", { type: "increment", key: "k".repeat(2_000), delta: 1n }, "not 2000"],
    [
      "too many keys",
      { type: "delete", keys: Array(KEYS_MAX + 1).fill("k") },
      `At most ${KEYS_MAX}`,
    ],
    [
      "a large value",
      { type: "set", entries: [["k", new Uint8Array(VALUE_BYTES_MAX + 1)]] },
      "A value has",
    ],
  ])("with %s is refused with the reason", (_, request, told) => {
    expect(requestFault(request)).toContain(told);
  });

  it("within the bounds is let through", () => {
    expect(
      requestFault({ type: "set", entries: [["k", new Uint8Array(VALUE_BYTES_MAX)]] }),
    ).toBeNull();
    expect(requestFault({ type: "list", after: 0 })).toBeNull();
  });
});

describe("a number", () => {
  it("becomes the sum, or is told not to fit, and never something else", () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(number, number, (kept, delta) => {
        const sum = kept + delta;
        expect(incremented(String(kept), delta)).toBe(
          sum < 2n ** 64n ? sum : "The sum does not fit 64 bits.",
        );
      }),
    );
  });

  it("begins at 0, and isn't made of other text", () => {
    expect(incremented(null, 3n)).toBe(3n);
    expect(incremented("three", 3n)).toContain("no whole number");
  });
});
