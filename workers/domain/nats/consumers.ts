// Push consumers of streams, for as long as their messages wait for somebody who listens where they are to go. They live
// in memory: clients make one anew that was lost.
import type { Message } from "./frame.ts";
import { apiAnswer, parseJetStream } from "./jetstream.ts";
import { consumerInfo } from "./stream.ts";
import type { Consumer } from "./stream.ts";
import { matches } from "./subject.ts";

type Held = Consumer & { readonly madeAt: number };

const HELD_MAX = 256;
const HELD_BYTES_MAX = 16 * 1024 * 1024;
const HELD_MS = 60_000;

export class Consumers {
  readonly #held = new Map<string, Held>();

  /** One of the same name goes. So do those that are too old, and the oldest where there are too many. */
  hold(consumer: Consumer, now: number): void {
    const key = keyOf(consumer);
    this.#held.delete(key);
    this.#held.set(key, { ...consumer, madeAt: now });
    let bytes = [...this.#held.values()].reduce((sum, held) => sum + sizeOf(held), 0);
    for (const [oldest, held] of this.#held) {
      const isTooMuch = this.#held.size > HELD_MAX || bytes > HELD_BYTES_MAX;
      if (!isTooMuch && held.madeAt + HELD_MS > now) break;
      this.#held.delete(oldest);
      bytes -= sizeOf(held);
    }
  }

  /** What a request is told of one that is held, or that it has gone; null for any other request. */
  answer({ subject, reply, payload }: Message): Message | null {
    if (reply === null || this.#held.size === 0) return null;
    const request = parseJetStream(subject, payload);
    if (request.type !== "consumer" && request.type !== "release") return null;
    const held = this.#held.get(keyOf(request));
    if (held === undefined) return null;
    if (request.type === "consumer") return apiAnswer(reply, "consumer_info", consumerInfo(held));
    this.#held.delete(keyOf(request));
    return apiAnswer(reply, "consumer_delete", { success: true });
  }

  /** Messages that somebody listens for now, each told once. */
  due(patterns: readonly string[]): Message[] {
    const due: Message[] = [];
    for (const [key, held] of this.#held) {
      if (held.messages.length === 0) continue;
      if (!patterns.some((pattern) => matches(pattern, held.deliverTo))) continue;
      due.push(...held.messages);
      this.#held.set(key, { ...held, messages: [] });
    }
    return due;
  }
}

function keyOf({ stream, name }: Pick<Consumer, "stream" | "name">): string {
  return `${stream} ${name}`;
}

function sizeOf({ messages }: Consumer): number {
  return messages.reduce((sum, { payload }) => sum + payload.length, 0);
}
