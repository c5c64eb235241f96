// Makes of a registered artifact what may be run: every path of it pays gas, its memories and tables are capped.
// A guest never runs without it.
import type { ModuleLimits } from "#domain/module.ts";
import { ModuleMeter } from "./meter/meter.ts";
import type { Metered } from "./meter/meter.ts";

export { METER_VERSION } from "./meter/meter.ts";

const PAGES_PER_MB = 16;
/** Over all tables of a module. An element takes a pointer or two of the host's memory. */
const TABLE_ELEMENTS_MAX = 1_000_000;
/** What the meter is given at a time, and so about what it answers at a time. */
const PIECE_BYTES = 256 * 1024;

/**
 * The metered module in pieces, and at last what goes over what was written. Throws a WasmFault for what the meter
 * refuses. The engine must have validated the module.
 */
export function* metered(
  bytes: Uint8Array,
  { maxMemoryMB }: Pick<ModuleLimits, "maxMemoryMB">,
): Generator<Uint8Array, Metered["patch"], void> {
  const meter = new ModuleMeter({
    memoryPagesMax: maxMemoryMB * PAGES_PER_MB,
    tableElementsMax: TABLE_ELEMENTS_MAX,
  });
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield* meter.write(bytes.subarray(at, at + PIECE_BYTES));
  }
  const { parts, metered } = meter.end();
  yield* parts;
  return metered.patch;
}
