// Makes of a registered artifact what may be run: every path of it pays gas, its memories and tables are capped.
// A guest never runs without it.
import type { ModuleLimits } from "#domain/module.ts";
import { WasmFault } from "./cursor.ts";
import { meterModule } from "./meter/meter.ts";

export const PAGES_PER_MB = 16;
/** Over all tables of a module. An element takes a pointer or two of the host's memory. */
export const TABLE_ELEMENTS_MAX = 1_000_000;

type Caps = Pick<ModuleLimits, "maxMemoryMB">;

/** Throws a WasmFault for what the meter refuses; `meterFaults` tells at registration. */
export function meter(bytes: ArrayBuffer, limits: Caps): ArrayBuffer {
  const caps = {
    memoryPagesMax: limits.maxMemoryMB * PAGES_PER_MB,
    tableElementsMax: TABLE_ELEMENTS_MAX,
  };
  return meterModule(new Uint8Array(bytes), caps).bytes.buffer;
}

/** Why a module can't be metered or kept under its limits; nothing when it can. */
export function meterFaults(bytes: Uint8Array<ArrayBuffer>, limits: Caps): string[] {
  try {
    meter(bytes.buffer, limits);
    return [];
  } catch (thrown) {
    if (thrown instanceof WasmFault) return [thrown.message];
    throw thrown;
  }
}
