import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recent } from "#domain/recent.ts";

const KEY = "greeter";

/** Read from 0 on, within `tookMs`. */
function readIn(tookMs: number): Recent<string> {
  const recent = new Recent<string>();
  recent.put(KEY, { readAt: 0, value: "known" }, tookMs);
  return recent;
}

describe("a reading", () => {
  it("is used for one refresh from when it began, however long it took", () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (tookMs, now) => {
        expect(readIn(tookMs).get(KEY, now)?.value).toBe(now < 1_000 ? "known" : undefined);
      }),
    );
  });

  it.each([
    [0, 979, false],
    [0, 980, true],
    [40, 919, false],
    [40, 920, true],
    [4_000, 749, false],
    [4_000, 750, true],
  ])("that took %i ms is due for the next one after %i ms: %s", (tookMs, now, isDue) => {
    expect(readIn(tookMs).get(KEY, now)?.isDue).toBe(isDue);
  });

  it("is not known by another key", () => {
    expect(readIn(0).get("other", 1)).toBeNull();
  });
});
