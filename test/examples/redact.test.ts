// The component in JavaScript, prepared and called as a node does: jco, meter, an isolate of its own.
import { beforeAll, describe, expect, it } from "vitest";
import { caller } from "#test/component/guest.ts";
import type { Caller } from "#test/component/guest.ts";
import { redact } from "./bytes.ts";

const REDACT = "example:redact/text@1.0.0#redact";
const TEXT = "Ä, ada@example.com paid with 4111 1111 1111 1111, not 4111 1111 1111 1112.";
const GIVEN = { text: TEXT, kinds: [] };

let call: Caller;

beforeAll(async () => {
  call = await caller(redact);
});

async function redacted(text: string, kinds: readonly string[]): Promise<unknown> {
  const { returnValue, failure } = await call(REDACT, { text, kinds });
  if (failure !== null) throw new Error(failure.message);
  return JSON.parse(returnValue ?? "");
}

describe("examples/redact", () => {
  it("passes its health check", async () => {
    expect((await call("health-check")).returnValue).toBe('"OK"');
  });

  it("takes addresses and card numbers out, and tells where they were", async () => {
    expect(await redacted(TEXT, [])).toEqual({
      ok: {
        text: "Ä, [email] paid with [card], not 4111 1111 1111 1112.",
        findings: [
          { kind: "email", at: 3, length: 15 },
          { kind: "card", at: 29, length: 19 },
        ],
      },
    });
  });

  it("takes out the kinds that are named", async () => {
    const { ok } = (await redacted(TEXT, ["card"])) as { ok: { text: string } };
    expect(ok.text).toContain("ada@example.com paid with [card]");
  });

  it("tells an error that it throws as the result's", async () => {
    const expected = { err: "expected at most 100000 characters, got 100001" };
    expect(await redacted("a".repeat(100_001), [])).toEqual(expected);
  });

  it("uses the same gas at every run, an engine in the engine though it is", async () => {
    const { gasUsed } = await call(REDACT, GIVEN);
    expect(gasUsed).toBeGreaterThan(100_000);
    const gas = { budget: 100_000_000, slice: 1_000_000 };
    for (let run = 0; run < 3; run += 1) {
      expect((await call(REDACT, GIVEN, { gas })).gasUsed).toBe(gasUsed);
    }
  });

  it("is stopped by its gas in the midst of a regular expression", async () => {
    const text = "1 ".repeat(40_000);
    const answer = await call(
      REDACT,
      { text, kinds: [] },
      { gas: { budget: 5_000_000, slice: 1_000_000 } },
    );
    expect(answer.failure?.code).toBe("GUEST_GAS");
  });
});
