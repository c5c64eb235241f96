import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brief, whole } from "#domain/brief.ts";

describe("an answer between two isolates", () => {
  it("arrives as it was sent, whatever its length is taken for", () => {
    const answer = fc.record({
      text: fc.string({ unit: "binary" }),
      count: fc.option(fc.maxSafeNat()),
      pairs: fc.array(fc.tuple(fc.string(), fc.boolean())),
    });
    fc.assert(
      fc.property(answer, fc.nat(64 * 1024), (value, length) => {
        expect(whole(brief(value, length))).toEqual(value);
      }),
    );
  });

  it("is text where it is short, and is left as it is where it is long", () => {
    const value = { returnValue: "5" };
    expect(brief(value, 1)).toBe('{"returnValue":"5"}');
    expect(brief(value, 1_000_000)).toBe(value);
  });
});
