// Reads what a NATS client sends, in whatever pieces it comes: a piece may hold several operations, or a part of one.
// It never throws: what can't be read ends it with a fault. It holds at most one operation that isn't whole.
import { argumentsOf, connectOptions, payloadShape } from "./control-line.ts";
import type { PayloadShape } from "./control-line.ts";
import {
  BAD_HEADER,
  CONTROL_LINE_EXCEEDED,
  LIMITS,
  PARSER_ERROR,
  PAYLOAD_EXCEEDED,
  UNKNOWN_OPERATION,
} from "./operation.ts";
import type { Limits, Operation } from "./operation.ts";

const CR = 0x0d;
const LF = 0x0a;
const LETTER = /^[A-Za-z]$/;
const VERBS = ["CONNECT", "PING", "PONG", "SUB", "UNSUB", "PUB", "HPUB"] as const;

/** What stands at a place: an operation and where it ends, or how many bytes must be there before it can. */
type Found =
  | { readonly operation: Operation; readonly end: number }
  | { readonly operation: null; readonly needed: number };

export class Parser {
  readonly #limits: Limits;
  #buffer = new Uint8Array(0);
  #length = 0;
  /** Fewer bytes than this are no whole operation. */
  #needed = 0;
  #isDead = false;

  constructor(limits: Limits = LIMITS) {
    this.#limits = limits;
  }

  /** Whether the last piece ended within an operation. */
  get isAmid(): boolean {
    return this.#length > 0;
  }

  /** To be read to its end before the next piece. Views of payloads stay as they are. */
  *feed(piece: Uint8Array): Generator<Operation, void> {
    if (this.#isDead) return;
    const bytes = this.#length === 0 ? piece : this.#append(piece);
    if (bytes.length < this.#needed) return;
    let at = 0;
    while (at < bytes.length) {
      const found = this.#read(bytes, at);
      if (found.operation === null) {
        this.#keep(bytes.slice(at), found.needed - at);
        return;
      }
      at = found.end;
      if (found.operation.type === "fault") this.#isDead = true;
      if (this.#isDead) this.#keep(new Uint8Array(0), 0);
      yield found.operation;
      if (this.#isDead) return;
    }
    this.#keep(new Uint8Array(0), 0);
  }

  #keep(rest: Uint8Array<ArrayBuffer>, needed: number): void {
    this.#buffer = rest;
    this.#length = rest.length;
    this.#needed = needed;
  }

  /** Doubles, so that many small pieces cost no more than what they bring. */
  #append(piece: Uint8Array): Uint8Array {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
    return this.#buffer.subarray(0, length);
  }

  #read(bytes: Uint8Array, at: number): Found {
    const { controlLineMax } = this.#limits;
    const window = bytes.subarray(at, at + controlLineMax + 2);
    const feed = window.indexOf(LF);
    const line =
      feed === -1 ? window : window.subarray(0, window[feed - 1] === CR ? feed - 1 : feed);
    if (line.length > controlLineMax) return fault(CONTROL_LINE_EXCEEDED);
    if (feed === -1) {
      return couldBegin(line)
        ? { operation: null, needed: bytes.length + 1 }
        : fault(UNKNOWN_OPERATION);
    }
    const verb = VERBS.find((name) => begins(line, name));
    if (verb === undefined) return fault(UNKNOWN_OPERATION);
    const end = at + feed + 1;
    const args = argumentsOf(line.subarray(verb.length));
    if (args === null) return fault(PARSER_ERROR);
    switch (verb) {
      case "PING":
      case "PONG":
        return args.length === 0
          ? { operation: { type: verb === "PING" ? "ping" : "pong" }, end }
          : fault(UNKNOWN_OPERATION);
      case "CONNECT": {
        const options = connectOptions(line.subarray(verb.length));
        return options === null
          ? fault(PARSER_ERROR)
          : { operation: { type: "connect", options }, end };
      }
      case "SUB":
        return { operation: subscription(args), end };
      case "UNSUB":
        return { operation: ending(args), end };
      case "PUB":
      case "HPUB": {
        const shape = payloadShape(args, verb === "HPUB");
        return shape === null ? fault(PARSER_ERROR) : this.#publication(bytes, end, shape);
      }
    }
  }

  #publication(bytes: Uint8Array, at: number, shape: PayloadShape): Found {
    const { subject, reply, headerBytes, totalBytes } = shape;
    if (totalBytes > this.#limits.payloadMax) return fault(PAYLOAD_EXCEEDED);
    if (headerBytes !== null && headerBytes > totalBytes) return fault(BAD_HEADER);
    const close = at + totalBytes;
    const end = close + 2;
    if (bytes.length < end) return { operation: null, needed: end };
    if (bytes[close] !== CR || bytes[close + 1] !== LF) return fault(UNKNOWN_OPERATION);
    const body = at + (headerBytes ?? 0);
    const headers = headerBytes === null ? null : bytes.subarray(at, body);
    const payload = bytes.subarray(body, close);
    return { operation: { type: "publish", subject, reply, headers, payload }, end };
  }
}

function fault(text: string): Found {
  return { operation: { type: "fault", text }, end: 0 };
}

function subscription([subject, second, third, ...more]: readonly string[]): Operation {
  if (subject === undefined || second === undefined || more.length > 0) {
    return { type: "fault", text: PARSER_ERROR };
  }
  return third === undefined
    ? { type: "subscribe", subject, queue: null, sid: second }
    : { type: "subscribe", subject, queue: second, sid: third };
}

function ending([sid, count, ...more]: readonly string[]): Operation {
  const isCount = count === undefined || /^\d{1,10}$/.test(count);
  if (sid === undefined || !isCount || more.length > 0)
    return { type: "fault", text: PARSER_ERROR };
  const max = count === undefined ? 0 : Number(count);
  return { type: "unsubscribe", sid, max: max === 0 ? null : max };
}

/** The verb in letters of any case, followed by blank space or nothing. */
function begins(line: Uint8Array, verb: string): boolean {
  if (!spells(line, verb)) return false;
  const next = line[verb.length];
  return next === undefined || next === 0x20 || next === 0x09;
}

/** A line that isn't whole yet may still become an operation. */
function couldBegin(line: Uint8Array): boolean {
  const blank = line.findIndex((byte) => !LETTER.test(String.fromCodePoint(byte)));
  const word = blank === -1 ? line : line.subarray(0, blank);
  if (blank === -1)
    return VERBS.some(
      (verb) => word.length <= verb.length && spells(word, verb.slice(0, word.length)),
    );
  if (line.length === blank + 1 && line[blank] === CR)
    return VERBS.some((verb) => begins(word, verb));
  return VERBS.some((verb) => word.length === verb.length && begins(line, verb));
}

function spells(line: Uint8Array, word: string): boolean {
  if (line.length < word.length) return false;
  for (let at = 0; at < word.length; at += 1) {
    // Bit 5 apart, ASCII letters are the same in both cases.
    if (((line[at] ?? 0) & 0xdf) !== word.charCodeAt(at)) return false;
  }
  return true;
}
