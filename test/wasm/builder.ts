// Builds small binaries byte by byte, for what an assembler refuses to write.

export type Bytes = readonly number[];

export function u32(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

// An index where a signed number is read, as value types are.
export function s33(index: number): Bytes {
  return index < 64 ? [index] : [(index % 128) + 128, ...s33(Math.floor(index / 128))];
}

export function text(value: string): Bytes {
  const bytes = new TextEncoder().encode(value);
  return [...u32(bytes.length), ...bytes];
}

export function vector(...items: Bytes[]): Bytes {
  return [...u32(items.length), ...items.flat()];
}

export function section(id: number, ...content: Bytes[]): Bytes {
  const payload = content.flat();
  return [id, ...u32(payload.length), ...payload];
}

export function custom(name: string, ...content: Bytes[]): Bytes {
  return section(0, text(name), ...content);
}

export function core(...sections: Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}

export function component(...sections: Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, ...sections.flat()]);
}

export const i32 = 0x7f;
export const i64 = 0x7e;

export function functionType(parameters: Bytes, results: Bytes): Bytes {
  return [0x60, ...u32(parameters.length), ...parameters, ...u32(results.length), ...results];
}

// One function [] -> [] with an empty body, in three sections.
export const oneType = section(1, vector(functionType([], [])));
export const oneFunction = section(3, vector([0]));
export const oneBody = section(10, vector([2, 0, 0x0b]));
