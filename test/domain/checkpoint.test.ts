// Checkpoints as documents, and the changes that lead from one state to another.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECTIONS, changesBetween, documentOf, readDocument } from "#domain/checkpoint.ts";
import type { DesiredState, SectionName } from "#domain/checkpoint.ts";

const entries = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.record({ one: fc.integer({ min: 0, max: 2 }), two: fc.constantFrom("x", "y") }),
);
const states = fc.record(
  // Every section has its entries, of whatever kind.
  Object.fromEntries(SECTIONS.map((name) => [name, entries])) as Record<
    SectionName,
    typeof entries
  >,
) satisfies fc.Arbitrary<DesiredState>;

describe("the changes from one state to another", () => {
  test("lead there, each of them needed", () => {
    fc.assert(
      fc.property(states, states, (from, to) => {
        const reached: Record<string, Record<string, unknown>> = structuredClone(from);
        for (const { section, key, verb } of changesBetween(from, to)) {
          const stood = Object.hasOwn(reached[section] ?? {}, key);
          expect(stood).toBe(verb !== "add");
          if (verb === "remove") delete reached[section]?.[key];
          else reached[section] = { ...reached[section], [key]: to[section][key] };
        }
        expect(reached).toEqual(to);
        expect(changesBetween(to, to)).toEqual([]);
      }),
    );
  });

  test("leave alone what the document is too old to have", () => {
    fc.assert(
      fc.property(states, states, (from, { models: _, ...older }) => {
        const changed = changesBetween(from, older).map(({ section }) => section);
        expect(changed).not.toContain("models");
      }),
    );
  });

  test("put what others stand on first, and take it away last", () => {
    fc.assert(
      fc.property(states, states, (from, to) => {
        const changes = changesBetween(from, to);
        const places = changes.map(({ section }) => SECTIONS.indexOf(section));
        const puts = places.filter((_, at) => changes[at]?.verb !== "remove");
        const removals = places.filter((_, at) => changes[at]?.verb === "remove");
        expect(places).toEqual([...puts, ...removals]);
        expect(puts).toEqual(puts.toSorted((one, other) => one - other));
        expect(removals).toEqual(removals.toSorted((one, other) => other - one));
      }),
    );
  });
});

describe("a checkpoint's document", () => {
  test("is written of half a surrogate pair, too, as U+FFFD", () => {
    // Every section, with nothing in it.
    const none = Object.fromEntries(SECTIONS.map((name) => [name, {}])) as Record<SectionName, {}>;
    const state: DesiredState = { ...none, settings: { "a\ud800": { one: "\udc00" } } };
    const read = readDocument(documentOf(state));
    expect(read.settings).toEqual({ "a\ufffd": { one: "\ufffd" } });
  });

  test("is read as it was written, and is the same for the same state", () => {
    fc.assert(
      fc.property(states, (state) => {
        const text = documentOf(state);
        expect(readDocument(text)).toEqual(state);
        const turned = Object.fromEntries(Object.entries(state).toReversed());
        expect(documentOf({ ...state, ...turned })).toBe(text);
      }),
    );
  });

  test.each(["{}", "null", '{"nodes":{}}'])("that reads %s is refused", (text) => {
    expect(() => readDocument(text)).toThrow("not that of a checkpoint");
  });
});
