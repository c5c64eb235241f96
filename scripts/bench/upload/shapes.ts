// Modules of a given size, each with its bulk in another place.

export type Shape = {
  readonly name: string;
  readonly about: string;
  readonly make: (bytes: number) => Uint8Array<ArrayBuffer>;
};

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

export const SHAPES: readonly Shape[] = [
  { name: "data", about: "one function, and a data segment for the rest", make: data },
  { name: "functions", about: "functions of 512 bytes", make: (bytes) => code(bytes, 512) },
  { name: "large", about: "functions of 1 MB", make: (bytes) => code(bytes, 1_000_000) },
  {
    name: "largest",
    about: "functions as large as the engine takes them",
    make: (bytes) => code(bytes, 7_000_000),
  },
];

function data(bytes: number): Uint8Array<ArrayBuffer> {
  const length = bytes - 128;
  const pages = Math.ceil(length / 65_536);
  return joined([
    Uint8Array.from(PREAMBLE),
    section(1, [Uint8Array.of(1, 0x60, 0, 1, 0x7f)]),
    section(3, [Uint8Array.of(1, 0)]),
    section(5, [Uint8Array.of(1, 0), u32(pages)]),
    section(7, [Uint8Array.of(1, 1, 0x66, 0, 0)]),
    section(10, [Uint8Array.of(1, 4, 0, 0x41, 1, 0x0b)]),
    section(11, [Uint8Array.of(1, 0, 0x41, 0, 0x0b), u32(length), noise(length)]),
  ]);
}

function code(bytes: number, each: number): Uint8Array<ArrayBuffer> {
  const size = Math.min(each, bytes - 200);
  const count = Math.max(1, Math.floor((bytes - 200) / (size + 7)));
  const body = joined([u32(bodyOf(size).length), bodyOf(size)]);
  const bodies = new Uint8Array(body.length * count);
  for (let index = 0; index < count; index += 1) bodies.set(body, index * body.length);
  return joined([
    Uint8Array.from(PREAMBLE),
    section(1, [Uint8Array.of(1, 0x60, 1, 0x7f, 1, 0x7f)]),
    section(3, [u32(count), new Uint8Array(count)]),
    section(7, [Uint8Array.of(1, 1, 0x66, 0, 0)]),
    section(10, [u32(count), bodies]),
  ]);
}

/** No locals; again and again: block, local.get 0, br_if 0, local.get 0, i32.const, i32.add, local.set 0, end. */
function bodyOf(size: number): Uint8Array<ArrayBuffer> {
  const round = [0x02, 0x40, 0x20, 0, 0x0d, 0, 0x20, 0, 0x41, 0x11, 0x6a, 0x21, 0, 0x0b];
  const rounds = Math.max(1, Math.floor((size - 4) / round.length));
  const body = new Uint8Array(1 + rounds * round.length + 3);
  for (let index = 0; index < rounds; index += 1) body.set(round, 1 + index * round.length);
  body.set([0x20, 0, 0x0b], body.length - 3);
  return body;
}

/** Bytes that no compression makes small, the same at every run. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function section(id: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joined(parts);
  return joined([Uint8Array.of(id), u32(content.length), content]);
}

function u32(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}
