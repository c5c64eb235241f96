// The calls that run in this isolate, by the ids that their runner knows them by. Several runners of one process can
// share an isolate, so an id is unique among all of them.
import type { Turns } from "./turns.ts";

const running = new Map<string, Turns>();

/** A call begins; what is returned ends it. Nobody can cancel one that has no id. */
export function enter(id: string | undefined, turns: Turns): () => void {
  if (id === undefined) return () => undefined;
  running.set(id, turns);
  return () => running.delete(id);
}

/** The call ends at its next slice, or where it waits. One that is over, or was never here, is none to cancel. */
export function cancel(id: string): void {
  running.get(id)?.cancel();
}
