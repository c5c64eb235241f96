// Makes of a registered artifact what may be run: every path of it pays gas, its memories and tables are capped.
// A guest never runs without it.
import type { ModuleLimits } from "#domain/module.ts";
import { CORE_PART } from "#domain/prepared.ts";
import type { Prepared } from "#domain/prepared.ts";
import { ModuleMeter } from "./meter/meter.ts";
import type { MeterOptions, Metered } from "./meter/meter.ts";

export { METER_VERSION } from "./meter/meter.ts";

export const PAGES_PER_MB = 16;
/** Over all tables of a module. An element takes a pointer or two of the host's memory. */
export const TABLE_ELEMENTS_MAX = 1_000_000;
/** What the meter is given at a time, and so about what it answers at a time. */
const PIECE_BYTES = 256 * 1024;

/** What is made of an artifact, in pieces, each valid until the next, and at last what goes over what was written. */
export type Pieces = Generator<Uint8Array, Metered["patch"], void>;

/** The metered module. Throws a WasmFault for what the meter refuses. The engine must have validated the module. */
export function metered(
  bytes: Uint8Array,
  { maxMemoryMB }: Pick<ModuleLimits, "maxMemoryMB">,
): Pieces {
  return meteredBy(bytes, {
    memoryPagesMax: maxMemoryMB * PAGES_PER_MB,
    tableElementsMax: TABLE_ELEMENTS_MAX,
    lendsMemory: true,
    hostGas,
  });
}

export function* meteredBy(bytes: Uint8Array, options: MeterOptions): Pieces {
  const meter = new ModuleMeter(options);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield* meter.pieces(bytes.subarray(at, at + PIECE_BYTES));
  }
  return (yield* meter.last()).patch;
}

/** A core module that is small enough to be prepared in memory. */
export function prepareCore(
  bytes: Uint8Array,
  limits: Pick<ModuleLimits, "maxMemoryMB">,
): Prepared {
  return {
    entry: "core",
    parts: [{ name: CORE_PART, kind: "wasm", bytes: joined(metered(bytes, limits)) }],
  };
}

/** All of it, in memory of its own. */
export function joined(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const copies: Uint8Array[] = [];
  let next = pieces.next();
  for (; next.done !== true; next = pieces.next()) copies.push(next.value.slice());
  const written = new Uint8Array(copies.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const copy of copies) {
    written.set(copy, at);
    at += copy.length;
  }
  if (next.value !== null) written.set(next.value.bytes, next.value.offset);
  return written;
}

/** What the host does for a call, at about 5,000 units for each microsecond: none moves more than a bounded amount. */
function hostGas(module: string, name: string): number {
  if (module === "extism:host/env") return /^(?:load|store|input_load)_u/.test(name) ? 500 : 20_000;
  if (/^(?:random_get|fd_readdir|fd_allocate|fd_filestat_set_size|poll_oneoff)$/.test(name)) {
    return 100_000;
  }
  if (/^(?:fd_p?(?:read|write)|path_)/.test(name)) return 20_000;
  return 2_000;
}
