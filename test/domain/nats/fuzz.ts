// Byte strings for the NATS parser: random ones, and frames of real operations with bytes changed, lost, doubled and
// cut. The same seed gives the same strings.
import { Parser } from "#domain/nats/parser.ts";

const encoder = new TextEncoder();

const FRAMES = [
  'CONNECT {"verbose":false,"headers":true,"no_responders":true,"auth_token":"t"}\r\n',
  "PING\r\n",
  "SUB wadm.evt.*.> workers 17\r\n",
  "UNSUB 17 3\r\n",
  "PUB wadm.api.default.model.list _INBOX.a.b 5\r\nhello\r\n",
  "HPUB a.b 12 17\r\nNATS/1.0\r\n\r\nhello\r\n",
].map((frame) => encoder.encode(frame));

export type Tally = { strings: number; operations: number; faults: number };

/** Feeds so many strings, in one to three pieces each. What it throws is the parser's. */
export function fuzz(strings: number, seed: number): Tally {
  const random = mulberry(seed);
  const tally = { strings, operations: 0, faults: 0 };
  for (let count = 0; count < strings; count += 1) {
    const bytes = random() < 0.25 ? noise(random) : mutated(random);
    const parser = new Parser({ controlLineMax: 256, payloadMax: 1024 });
    for (const piece of cut(bytes, random)) {
      for (const { type } of parser.feed(piece)) {
        tally.operations += 1;
        if (type === "fault") tally.faults += 1;
      }
    }
  }
  return tally;
}

function noise(random: () => number): Uint8Array {
  return Uint8Array.from({ length: below(random, 48) }, () => below(random, 256));
}

/** One to three frames, with up to three changes. */
export function mutated(random: () => number): Uint8Array {
  const frames = Array.from({ length: 1 + below(random, 3) }, () => [
    ...(FRAMES[below(random, FRAMES.length)] ?? []),
  ]);
  const bytes = frames.flat();
  for (let changes = below(random, 4); changes > 0; changes -= 1) {
    const at = below(random, bytes.length);
    const kind = below(random, 4);
    if (kind === 0) bytes[at] = below(random, 256);
    else if (kind === 1) bytes.splice(at, 1 + below(random, 4));
    else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + below(random, 8)));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

function cut(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const [one, two] = [below(random, bytes.length + 1), below(random, bytes.length + 1)];
  const [first, second] = [Math.min(one, two), Math.max(one, two)];
  return random() < 0.5
    ? [bytes]
    : [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
