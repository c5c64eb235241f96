// What jco's glue copies between a component's memories and JavaScript is work of the host's that no instruction pays:
// the glue is handed these in place of the globals of the same names, and each copy is paid by its size. A list of many
// strings that all lie in the same place would else cost next to nothing and keep the host busy for hours.
import type { Fuel } from "#guest/fuel.ts";

/** In units of gas: about what a view or the reading of one number takes beside an instruction. */
const VIEW = 16;

const ARRAYS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
] as const;

/** `isMemory`: a view of a whole memory is none of its content's copying. */
export function copyingGlobals(
  fuel: Fuel,
  isMemory: (buffer: unknown) => boolean,
): Readonly<Record<string, unknown>> {
  const arrays = ARRAYS.map((array) => [
    array.name,
    new Proxy(array, {
      construct(target, given: unknown[]) {
        // Whatever the glue gives is the constructor's own to judge.
        const made = Reflect.construct(target, given) as ArrayBufferView;
        fuel.copied(given.length === 1 && isMemory(given[0]) ? VIEW : VIEW + made.byteLength);
        return made;
      },
    }),
  ]);
  return {
    ...Object.fromEntries(arrays),
    DataView: new Proxy(DataView, {
      construct(target, given: unknown[]) {
        fuel.copied(VIEW);
        return Reflect.construct(target, given) as DataView;
      },
    }),
    TextDecoder: new Proxy(TextDecoder, {
      construct(target, given: unknown[]) {
        const decoder = Reflect.construct(target, given) as TextDecoder;
        const decode = (bytes: ArrayBufferView | undefined) => {
          fuel.copied(bytes?.byteLength ?? 0);
          return decoder.decode(bytes);
        };
        return { decode };
      },
    }),
    copied: () => fuel.copied(VIEW),
  };
}
