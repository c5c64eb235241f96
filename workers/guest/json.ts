// The `json` convention: the module exports `memory` and `cabi_realloc`; a function takes (ptr, len) of a
// UTF-8 JSON document and returns an i64 that packs the answer's as ptr << 32 | len.
import type { FunctionSignature } from "#domain/module.ts";
import { exported } from "./exported.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Caller = (fn: CallableFunction, ...values: readonly unknown[]) => Promise<unknown>;

export async function callJson(
  on: { readonly instance: WebAssembly.Instance; readonly call: Caller },
  signature: FunctionSignature,
  document: string,
): Promise<string> {
  const { instance, call } = on;
  const { memory } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("The module exports no memory.");
  const input = encoder.encode(document);
  const room = await call(exported(instance, "cabi_realloc"), 0, 0, 1, input.length);
  const pointer = Number(room) >>> 0;
  new Uint8Array(memory.buffer, pointer, input.length).set(input);
  const packed = await call(exported(instance, signature.name), pointer, input.length);
  if (typeof packed !== "bigint") throw new TypeError(`${signature.name} did not return an i64.`);
  const unsigned = BigInt.asUintN(64, packed);
  const [start, length] = [Number(unsigned >> 32n), Number(unsigned & 0xffffffffn)];
  return decode(memory, start, length);
}

function decode(memory: WebAssembly.Memory, start: number, length: number): string {
  if (start + length > memory.buffer.byteLength) {
    throw new RangeError(
      `The answer lies at ${start} with ${length} bytes, outside of the memory of ${memory.buffer.byteLength}.`,
    );
  }
  const text = decoder.decode(new Uint8Array(memory.buffer, start, length));
  JSON.parse(text);
  return text;
}
