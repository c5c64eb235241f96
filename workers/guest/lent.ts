// The memory that the meter has made the host's to lend. To reserve one and to let go of it takes longer than a short
// call; what a call leaves as large as it was is wiped for the next. Nothing else of an instance outlives its call.
import { LENT_MODULE, readLentName } from "#wasm/meter/meter.ts";
// The loader puts the artifact beside this module under this name.
import guest from "./guest.wasm";

const PAGE_BYTES = 65_536;
/** More at once are made anew, and let go. */
const FREE_MAX = 8;

const wanted = WebAssembly.Module.imports(guest).find(({ module }) => module === LENT_MODULE);
const pages = wanted === undefined ? null : readLentName(wanted.name);
const free: WebAssembly.Memory[] = [];

/** Null where the module makes its own. */
export function lend(): WebAssembly.Memory | null {
  if (pages === null) return null;
  const { minimum: initial, maximum } = pages;
  return free.pop() ?? new WebAssembly.Memory({ initial, maximum });
}

/** By the name that the module asks for it. */
export function lentImport(memory: WebAssembly.Memory): WebAssembly.ModuleImports {
  return wanted === undefined ? {} : { [wanted.name]: memory };
}

/** Only when the guest has returned: after any other end something of the host may still write to it. */
export function giveBack(memory: WebAssembly.Memory): void {
  if (pages === null || free.length >= FREE_MAX) return;
  if (memory.buffer.byteLength !== pages.minimum * PAGE_BYTES) return;
  new Uint8Array(memory.buffer).fill(0);
  free.push(memory);
}
