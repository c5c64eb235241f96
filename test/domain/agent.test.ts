// What passes between a runner and its agent: it is read as it was told, and nothing else is read at all.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callOrder, readOrder } from "#domain/agent/order.ts";
import { MESSAGE_CHARACTERS_MAX } from "#domain/agent/protocol.ts";
import { readReport } from "#domain/agent/report.ts";
import { tell, untell } from "#domain/agent/values.ts";
import type { WitValue } from "#domain/wit/value.ts";

const VITALS = {
  isHealthy: true,
  gasPerMs: 1_000,
  cpuPercent: 12.5,
  cores: 2,
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
  diskUsedBytes: 1,
  diskTotalBytes: 2,
};
const FAULT = { code: "UNAVAILABLE", message: "gone", details: [] };

const value: fc.Arbitrary<WitValue> = fc.letrec<{ value: WitValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string(),
    fc.constant(undefined),
    fc.uint8Array(),
    fc.float64Array(),
    fc.bigUint64Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe("a value", () => {
  it("comes out of JSON as it went in", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(untell(JSON.parse(JSON.stringify(tell(given))))).toEqual(given);
      }),
    );
  });

  it("is refused where nobody told it", () => {
    for (const told of [null, {}, { list: "Map", of: [] }, { long: 1 }]) {
      expect(() => untell(told)).toThrow(TypeError);
    }
  });
});

describe("a report", () => {
  const good: readonly object[] = [
    { type: "hello", protocol: 1, runtime: "Node.js", runtimeVersion: "24", vitals: VITALS },
    { type: "beat", vitals: VITALS },
    { type: "loaded", id: 1, fault: null },
    { type: "loaded", id: 1, fault: FAULT },
    { type: "fault", id: 1, fault: FAULT },
  ];
  it.each(good)("is read as it is: $type", (report) => {
    expect(readReport(JSON.stringify(report))).toEqual({ ok: true, message: report });
  });

  const bad: readonly (readonly [unknown, string])[] = [
    [new ArrayBuffer(1), "expected text, got binary data"],
    ["not JSON", "message: Invalid input"],
    [JSON.stringify({ type: "shell" }), "type: Invalid discriminator value"],
    [JSON.stringify({ ...good[0], protocol: 2 }), "protocol: expected version 1 of the protocol"],
    [JSON.stringify({ type: "beat", vitals: { ...VITALS, cpuPercent: 101 } }), "vitals.cpuPercent"],
    [JSON.stringify({ type: "loaded", id: 1, fault: null, more: 1 }), "message: Unrecognized key"],
    [" ".repeat(MESSAGE_CHARACTERS_MAX + 1), `expected at most ${MESSAGE_CHARACTERS_MAX}`],
  ];
  it.each(bad)("is refused with what is wrong: %#", (text, fault) => {
    const heard = readReport(text);
    expect(heard.ok ? "" : heard.fault).toContain(fault);
  });

  it("is read or refused, whatever comes", () => {
    fc.assert(fc.property(fc.json(), (text) => typeof readReport(text).ok === "boolean"));
  });
});

describe("a call", () => {
  it("reaches the agent as it was asked", () => {
    const text = callOrder(7, "hello-v1.0.0", {
      function: { name: "add", style: "numbers", parameters: [], results: ["i64"] },
      arguments: [1n, 0.5],
      program: "hello",
      gas: { budget: 10, slice: 5 },
      timeoutMs: 100,
      bounds: { outputBytesMax: 1, logBytesMax: 1 },
      environment: {},
      files: { access: "Disabled", preopens: [], files: [] },
    });
    const heard = readOrder(text);
    if (!heard.ok || heard.message.type !== "call") throw new Error("expected a call");
    const { arguments: told } = heard.message.request;
    expect(Array.isArray(told) ? told.map(untell) : told).toEqual([1n, 0.5]);
  });
});
