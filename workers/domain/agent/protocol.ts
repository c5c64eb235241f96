// What both ends of an agent's socket hold to: JSON texts of bounded length, parsed from unknown. A version that the
// other end doesn't speak is told apart from a text that makes no sense.
import type { z } from "zod";

export const PROTOCOL = 1;

/** What passes in one message. An answer of 4 MiB of characters, told as JSON in JSON, stays below it. */
export const MESSAGE_CHARACTERS_MAX = 16 * 1024 * 1024;
/** How often an agent asks whether the other end is there. The platform answers without waking the object. */
export const PING_MS = 10_000;
/** A socket on which nothing was heard for so long is taken for lost, at either end. */
export const SILENCE_MS = 35_000;
export const PING = "ping";
export const PONG = "pong";

/** Why a socket was closed. From 4000 on codes are an application's own: RFC 6455, 7.4.2. */
export const CLOSE = {
  /** Nothing that was understood. */
  malformed: 4000,
  /** Another agent of the node came: this one must not come back. */
  replaced: 4001,
  /** The token was revoked or ended, or the node is gone: this one must not come back. */
  dismissed: 4003,
  /** Silent for too long. */
  silent: 4008,
} as const;

export type Read<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly fault: string };

/** Never throws. */
export function read<Message>(schema: z.ZodType<Message>, text: unknown): Read<Message> {
  if (typeof text !== "string") return { ok: false, fault: "expected text, got binary data" };
  if (text.length > MESSAGE_CHARACTERS_MAX) {
    const fault = `expected at most ${MESSAGE_CHARACTERS_MAX} characters, got ${text.length}`;
    return { ok: false, fault };
  }
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return { ok: true, message: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  return { ok: false, fault: `${path === "" ? "message" : path}: ${issue?.message ?? "?"}` };
}

/** Undefined for what is no JSON: no schema takes it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
