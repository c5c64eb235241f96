// Rewrites a core module so that every run of it ends: what it executes is paid from a counter of
// gas, and it traps when that is used up; its memories and tables stay under a cap. Nothing of the
// module is renumbered. It refuses what it doesn't know rather than let it pass unmetered.
import { WasmFault } from "#wasm/cursor.ts";
import type { ImportedLimits } from "./caps.ts";
import type { Caps, HostGas } from "./context.ts";
import { HOST_CALL_MAX } from "./costs.ts";
import { START_EXPORT } from "./frame.ts";
import { Rewriting } from "./rewriting.ts";
import { Source } from "./source.ts";

export { CALL_PREPAYS, METER_VERSION } from "./costs.ts";
export { LENT_MODULE, readName as readLentName } from "./lending.ts";
export { GAS_EXPORT, MEMORY_EXPORT, START_EXPORT, YIELD_EXPORT } from "./frame.ts";

export type MeterOptions = Caps & {
  // What a call of an imported function costs, beside what any call costs.
  readonly hostGas?: HostGas;
};

export type Metered = {
  // The function that the host has to call once the gas is set, in place of the module's start.
  readonly start: string | null;
  // The memories and tables that the host has to make with these limits.
  readonly imported: readonly ImportedLimits[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  // The size of the code and what it says of its branches, known only at the end: it goes over what was written there.
  readonly patch: { readonly offset: number; readonly bytes: Uint8Array } | null;
};

// Meters a module that comes in pieces. It holds one function's body at a time, and the sections
// that describe the module. The engine must have validated the module as a whole, before or after.
export class ModuleMeter {
  readonly #source = new Source();
  readonly #rewriting: Rewriting;
  readonly #run: Generator<Uint8Array | undefined, void, void>;

  constructor({ hostGas = () => 0, ...caps }: MeterOptions) {
    this.#rewriting = new Rewriting(this.#source, caps, checked(hostGas));
    this.#run = this.#rewriting.run();
  }

  // What can be written of the metered module with this much of the original. A piece is valid until the next is asked
  // for, and may share memory with the chunk.
  *pieces(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    this.#source.give(chunk);
    yield* this.#advance();
  }

  // What is left to be written when all of the original was given.
  *last(): Generator<Uint8Array, Metered, void> {
    this.#source.end();
    yield* this.#advance();
    const { hasStart, imported, patch, sent } = this.#rewriting;
    const start = hasStart ? START_EXPORT : null;
    const bytesRead = this.#source.offset;
    return { start, imported, patch, bytesRead, bytesWritten: sent };
  }

  // The pieces in memory of their own.
  write(chunk: Uint8Array): Uint8Array[] {
    return Array.from(this.pieces(chunk), (piece) => piece.slice());
  }

  end(): { readonly parts: readonly Uint8Array[]; readonly metered: Metered } {
    const parts: Uint8Array[] = [];
    const last = this.last();
    for (;;) {
      const { value, done } = last.next();
      if (done === true) return { parts, metered: value };
      parts.push(value.slice());
    }
  }

  *#advance(): Generator<Uint8Array, void, void> {
    for (;;) {
      const { value, done } = this.#run.next();
      if (done === true || value === undefined) return;
      yield value;
    }
  }
}

// Meters a whole module, which it has the engine validate first.
export function meterModule(
  bytes: Uint8Array<ArrayBuffer>,
  options: MeterOptions,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly metered: Metered } {
  const meter = new ModuleMeter(options);
  const parts = meter.write(bytes);
  const { parts: last, metered } = meter.end();
  if (!WebAssembly.validate(bytes)) {
    throw new WasmFault("module: expected one that the engine takes, got an invalid one", 0);
  }
  const written = new Uint8Array(metered.bytesWritten);
  let at = 0;
  for (const part of [...parts, ...last]) {
    written.set(part, at);
    at += part.length;
  }
  if (metered.patch !== null) written.set(metered.patch.bytes, metered.patch.offset);
  return { bytes: written, metered };
}

function checked(hostGas: HostGas): HostGas {
  return (module, name) => {
    const gas = hostGas(module, name);
    if (Number.isInteger(gas) && gas >= 0 && gas <= HOST_CALL_MAX) return gas;
    throw new RangeError(
      `gas of ${module}.${name}: expected an integer of 0 to ${HOST_CALL_MAX}, got ${gas}`,
    );
  };
}
