// Which commands of an outbox may be under way: those of one lane one after the other, lanes side by side. It is memory:
// who lost it takes the whole outbox again.
import { laneOf } from "./command.ts";
import type { Command } from "./rollout.ts";

export type Pending = { readonly id: number; readonly command: Command };

export class Lanes {
  readonly #taken = new Set<number>();
  readonly #queues = new Map<string, Pending[]>();

  /** Takes what is new; answers what is to begin now. */
  take(outbox: readonly Pending[]): Pending[] {
    return outbox.filter((pending) => {
      if (this.#taken.has(pending.id)) return false;
      this.#taken.add(pending.id);
      const queue = this.#queueOf(pending);
      queue.push(pending);
      return queue.length === 1;
    });
  }

  /** It is over, or to be taken again. Answers what comes after it in its lane. */
  leave(pending: Pending): Pending | null {
    this.#taken.delete(pending.id);
    const queue = this.#queueOf(pending);
    queue.shift();
    return queue[0] ?? null;
  }

  #queueOf({ command }: Pending): Pending[] {
    const lane = laneOf(command);
    const queue = this.#queues.get(lane) ?? [];
    this.#queues.set(lane, queue);
    return queue;
  }
}
