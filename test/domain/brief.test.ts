import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brief, whole } from "#domain/brief.ts";
import { briefResponse, wholeResponse } from "#domain/http.ts";
import type { ServeAnswer } from "#domain/http.ts";

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

  it("keeps a response's bytes, and leaves a stream alone", () => {
    const answer = (body: Uint8Array | ReadableStream<Uint8Array> | null): ServeAnswer => ({
      type: "response",
      response: { status: 200, headers: [["x-a", "b"]], body },
      gasUsed: 3,
    });
    fc.assert(
      fc.property(fc.option(fc.uint8Array({ maxLength: 64 })), (body) => {
        const told = briefResponse(answer(body));
        expect(typeof told).toBe("string");
        expect(wholeResponse(told)).toEqual(answer(body));
      }),
    );
    const streaming = answer(new ReadableStream());
    expect(wholeResponse(briefResponse(streaming))).toBe(streaming);
    const large = answer(new Uint8Array(1_000_000));
    expect(wholeResponse(briefResponse(large))).toBe(large);
  });
});
