// What an error that ended a call says: a trap, a stack that ran over, or a memory that could not grow any more.
import type { GuestFailure } from "#domain/execution.ts";

/** `memoryBefore` is what the memories held when they were fresh. */
export function failureOf(
  thrown: unknown,
  guest: { memories: readonly WebAssembly.Memory[]; memoryBefore: number },
): GuestFailure {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  if (thrown instanceof RangeError && thrown.message.includes("call stack")) {
    return { code: "GUEST_STACK", message: `The guest's calls nest too deep: ${message}.` };
  }
  const full = fullMemory(guest.memories, guest.memoryBefore);
  if (full === null || !(thrown instanceof WebAssembly.RuntimeError)) {
    return { code: "GUEST_TRAP", message };
  }
  const told = `The guest's memory had grown to ${full} bytes, all that maxMemoryMB or its own maximum allows, when it trapped: ${message}.`;
  return { code: "GUEST_MEMORY", message: told };
}

/** Linear memory never shrinks, so its size after a call is its peak. */
export function bytesOf(memories: readonly WebAssembly.Memory[]): number {
  return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

/** All memories, which the meter has exported; one that is passed on, or exported by several names, counts once. */
export function memoriesOf(...instances: readonly WebAssembly.Instance[]): WebAssembly.Memory[] {
  const memories = instances.flatMap((instance) =>
    Object.values(instance.exports).filter((item) => item instanceof WebAssembly.Memory),
  );
  return [...new Set(memories)];
}

/** What memories hold that have grown in this call and can't any more; null when one page more is to be had. */
function fullMemory(memories: readonly WebAssembly.Memory[], before: number): number | null {
  const bytes = bytesOf(memories);
  if (bytes <= before) return null;
  return memories.some(isFull) ? bytes : null;
}

function isFull(memory: WebAssembly.Memory): boolean {
  try {
    // The instance is thrown away after this.
    memory.grow(1);
    return false;
  } catch {
    return true;
  }
}
