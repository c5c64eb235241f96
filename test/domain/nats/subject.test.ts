import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, isPattern, isSubject, matches, overlaps } from "#domain/nats/subject.ts";
import { recipients } from "#domain/nats/subscription.ts";
import type { Subscription } from "#domain/nats/subscription.ts";

const token = fc.constantFrom("a", "b", "c");
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, isOpen]) => [...tokens, ...(isOpen ? [">"] : [])].join("."));

describe("a pattern", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    [">", "a", true],
    ["*.b", "a.b", true],
    ["A.b", "a.b", false],
  ])("%s on %s: %s", (wide, narrow, isMatch) => {
    expect(matches(wide, narrow)).toBe(isMatch);
  });

  it.each(["", "a..b", ".a", "a.", "a b", "a.>.b"])("is none: %j", (text) => {
    expect(isPattern(text)).toBe(false);
  });

  it("is no subject to publish to where it has a wildcard", () => {
    expect(["a.b", "a.*", "a.>", "a.b*"].map(isSubject)).toEqual([true, false, false, true]);
  });

  it("covers another only if it matches all that the other matches", () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (wide, narrow, name) => {
        if (covers(wide, narrow) && matches(narrow, name)) expect(matches(wide, name)).toBe(true);
      }),
    );
  });

  it("overlaps another wherever one subject matches both", () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (one, other, name) => {
        if (matches(one, name) && matches(other, name)) expect(overlaps(one, other)).toBe(true);
      }),
    );
  });
});

describe("a message", () => {
  const held = (sid: string, subject: string, queue: string | null) =>
    [sid, { sid, subject, queue, max: null, delivered: 0 } satisfies Subscription] as const;
  const all = [
    held("1", "a.*", null),
    held("2", "a.b", "workers"),
    held("3", "a.>", "workers"),
    held("4", "a.b", "others"),
    held("5", "x", null),
  ];

  it("goes to all who asked for it, and to one of each queue group", () => {
    const to = (draw: number) => recipients(all, "a.b", () => draw).map(([sid]) => sid);
    expect(to(0)).toEqual(["1", "2", "4"]);
    expect(to(0.99)).toEqual(["1", "3", "4"]);
  });

  it("goes to nobody who didn't", () => {
    expect(recipients(all, "y", () => 0)).toEqual([]);
  });
});
