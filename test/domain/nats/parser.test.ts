import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeaders, writeHeaders } from "#domain/nats/headers.ts";
import { messageFrame } from "#domain/nats/frame.ts";
import { Parser } from "#domain/nats/parser.ts";
import type { Operation } from "#domain/nats/operation.ts";
import { fuzz } from "./fuzz.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function parse(...pieces: readonly (string | Uint8Array)[]): Operation[] {
  const parser = new Parser();
  return pieces.flatMap((piece) => [
    ...parser.feed(typeof piece === "string" ? encoder.encode(piece) : piece),
  ]);
}

function last(...pieces: readonly string[]): Operation | undefined {
  return parse(...pieces).at(-1);
}

describe("a NATS parser", () => {
  it("reads several operations of one piece in their order", () => {
    const types = parse(
      'CONNECT {"verbose":false}\r\nPING\r\nSUB a.* q 1\r\nPUB a.b 2\r\nhi\r\nUNSUB 1 5\r\nPONG\r\n',
    ).map(({ type }) => type);
    expect(types).toEqual(["connect", "ping", "subscribe", "publish", "unsubscribe", "pong"]);
  });

  it("reads what a HPUB carries apart: headers and payload", () => {
    const operation = last("HPUB a r 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n");
    if (operation?.type !== "publish") throw new Error("expected a publish");
    expect(operation.reply).toBe("r");
    expect(readHeaders(operation.headers)).toEqual(new Map([["a", "b"]]));
    expect(decoder.decode(operation.payload)).toBe("hello");
  });

  it("takes the defaults of the protocol for what CONNECT leaves out, and either name of a token", () => {
    expect(last('connect {"jwt":"t"}\n')).toMatchObject({
      options: { verbose: true, pedantic: true, echo: true, headers: false, token: "t" },
    });
  });

  it.each([
    ["GET / HTTP/1.1\r\n", "Unknown Protocol Operation"],
    ["PONGO\r\n", "Unknown Protocol Operation"],
    ["MSG a 1 0\r\n\r\n", "Unknown Protocol Operation"],
    ["\r\n", "Unknown Protocol Operation"],
    ["PUB a 2\r\nhixx", "Unknown Protocol Operation"],
    ["PUB a\r\n", "Parser Error"],
    ["PUB a b c 1\r\n", "Parser Error"],
    ["PUB a -1\r\n", "Parser Error"],
    ["SUB a\r\n", "Parser Error"],
    ["UNSUB 1 x\r\n", "Parser Error"],
    ["CONNECT {\r\n", "Parser Error"],
    ['CONNECT {"verbose":1}\r\n', "Parser Error"],
    ["HPUB a 9 3\r\n", "bad message header detected"],
    ["PUB a 1048577\r\n", "Maximum Payload Violation"],
  ])("answers %j with the server's text", (bytes, text) => {
    expect(last(bytes)).toEqual({ type: "fault", text });
  });

  it("refuses a line that is too long, whole or not", () => {
    const text = "maximum control line exceeded";
    const line = `SUB ${"a".repeat(5000)}`;
    expect(parse(line)).toEqual([{ type: "fault", text }]);
    expect(parse(`${line} 1\r\n`)).toEqual([{ type: "fault", text }]);
  });

  it("reads nothing after a fault", () => {
    expect(parse("BAD\r\n", "PING\r\n")).toHaveLength(1);
  });

  it("refuses a line that can't become an operation before it is whole", () => {
    expect(parse("POST")).toEqual([{ type: "fault", text: "Unknown Protocol Operation" }]);
    expect(parse("PU")).toEqual([]);
  });

  it("gives the same operations however the bytes are cut", () => {
    const whole = encoder.encode(
      'CONNECT {"verbose":false}\r\nSUB a.> 1\r\nHPUB a r 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\nPUB x 0\r\n\r\nPING\r\n',
    );
    const told = JSON.stringify(parse(whole));
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
        const pieces = cuts.slice(1).map((end, at) => whole.slice(cuts[at], end));
        expect(JSON.stringify(parse(...pieces))).toBe(told);
      }),
    );
  });

  it("gives back the payload that was sent, of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const line = encoder.encode(`PUB a.b ${payload.length}\r\n`);
        const [operation] = parse(Uint8Array.from([...line, ...payload, 13, 10]));
        if (operation?.type !== "publish") throw new Error("expected a publish");
        expect([...operation.payload]).toEqual([...payload]);
      }),
    );
  });

  it("takes a large payload in small pieces", () => {
    const payload = new Uint8Array(200_000).fill(7);
    const parser = new Parser();
    expect([...parser.feed(encoder.encode(`PUB a ${payload.length}\r\n`))]).toEqual([]);
    for (let at = 0; at < payload.length; at += 10) {
      expect(parser.feed(payload.subarray(at, at + 10)).next().done).toBe(true);
    }
    expect(parser.isAmid).toBe(true);
    expect([...parser.feed(encoder.encode("\r\n"))]).toHaveLength(1);
    expect(parser.isAmid).toBe(false);
  });

  it("throws at no bytes, random or mutated", () => {
    const { operations, faults } = fuzz(200_000, 1);
    expect(operations).toBeGreaterThan(faults);
    expect(faults).toBeGreaterThan(1000);
  });
});

describe("a message to a client", () => {
  const message = {
    subject: "a.b",
    reply: "r",
    headers: writeHeaders({ Status: "a\r\nb" }),
    payload: encoder.encode("hello"),
  };

  it("has its headers where the client takes them", () => {
    expect(decoder.decode(messageFrame("7", message, true))).toBe(
      "HMSG a.b 7 r 25 30\r\nNATS/1.0\r\nStatus: a b\r\n\r\nhello\r\n",
    );
  });

  it("has none where it doesn't", () => {
    expect(decoder.decode(messageFrame("7", message, false))).toBe("MSG a.b 7 r 5\r\nhello\r\n");
  });
});
