// What a guest may ask of others for the length of one call of its own, and how long the chain is that leads to that call:
// calls by links wait for each other, messages don't, and neither may go on without end.
import type { LinkCalls } from "./linked.ts";
import type { HeardMessage } from "./messaging.ts";

/** How many calls by links, and how many messages of components, led to a call. */
export type Chain = { readonly links: number; readonly messages: number };

/** Asked from outside. */
export const NO_CHAIN: Chain = { links: 0, messages: 0 };

/** How many components may wait for each other. */
export const LINKS_MAX = 8;

/** How many messages may come of one another, each handled by a component that sends the next. */
export const MESSAGES_MAX = 16;

export interface CallPort extends LinkCalls {
  /** Why it was not sent; null when it was. */
  publish(message: HeardMessage): Promise<string | null>;
  /** The reply, or why there is none. */
  request(
    message: Pick<HeardMessage, "subject" | "body"> & { readonly timeoutMs: number },
  ): Promise<HeardMessage | string>;
}
