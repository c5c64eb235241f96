// The one memory of a module made an import, for the host to lend: the same one can serve call after call, where an
// instance that makes its own has the engine reserve and let go of a memory each time.
import type { CoreDraft } from "#wasm/core/module.ts";

export const LENT_MODULE = "edgeloom";

// What the module would have made: in pages, the maximum below its cap.
export type LentMemory = { readonly minimum: number; readonly maximum: number };

// To wipe more than that takes about as long as to make it anew.
const LENT_PAGES_MAX = 32;
const NAME = /^memory (\d+) (\d+)$/;

// Null where the module has no memory of its own, several, one of 64 bits, or a large one: those stay as they are.
export function lentMemory(draft: CoreDraft, pagesMax: number): LentMemory | null {
  const [memory] = draft.memories;
  if (memory === undefined || draft.memories.length > 1 || memory.memory64) return null;
  if (draft.imports.some(({ extern }) => extern.kind === "memory")) return null;
  const { initialPages: minimum, maximumPages } = memory;
  if (minimum > LENT_PAGES_MAX) return null;
  return { minimum, maximum: Math.min(maximumPages ?? pagesMax, pagesMax) };
}

// The import's name tells what is to be lent, since nothing else of a compiled module does.
export function nameOf({ minimum, maximum }: LentMemory): string {
  return `memory ${minimum} ${maximum}`;
}

export function readName(name: string): LentMemory {
  const [, minimum, maximum] = NAME.exec(name) ?? [];
  return { minimum: Number(minimum), maximum: Number(maximum) };
}
