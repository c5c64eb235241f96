// What one reader of a hub asked for, and where it stands.
import type { EventFilter } from "#domain/event.ts";
import { parseSpan } from "#domain/span.ts";
import type { Form } from "./frame.ts";

/** Where a reader begins: after an event that it has seen, after a moment, or with what comes next. */
export type Since =
  | { readonly type: "id"; readonly id: number }
  | { readonly type: "time"; readonly at: number }
  | { readonly type: "now" };

export type Subscription = {
  readonly form: Form;
  readonly filter: EventFilter;
  readonly since: Since;
  /** Null until the reader has said who it is, which it then does in its first message. */
  readonly admission: Admission | null;
};

/** Who reads, and until when its token lets it. */
export type Admission = { readonly username: string; readonly expiresAt: number };

/** What stands in the hub's header of an upgrade; only the Worker writes it. */
export const SUBSCRIPTION_HEADER = "X-Edgeloom-Subscription";

/** Bytes that may wait for a reader in the runtime. Who has more waiting is dropped, and finds it again by `since`. */
export const BUFFER_BYTES_MAX = 256 * 1024;
/** How long a reader may take to say who it is. */
export const ADMISSION_MS = 10_000;

/** A whole number is an event's id; else an ISO time or a span back from now. Null when it is none of them. */
export function parseSince(text: string, now: number): Since | null {
  if (/^\d{1,15}$/.test(text)) return { type: "id", id: Number(text) };
  const span = parseSpan(text);
  if (span !== null) return { type: "time", at: now - span };
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : { type: "time", at };
}
