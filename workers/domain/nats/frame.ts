// What a NATS server sends: INFO, +OK, -ERR, PING, PONG, MSG and HMSG.

import { NO_RESPONDERS } from "./headers.ts";

const encoder = new TextEncoder();

export const OK = encoder.encode("+OK\r\n");
export const PONG = encoder.encode("PONG\r\n");

export type Message = {
  readonly subject: string;
  /** Who hears it, where that isn't told by its subject: a stream's message keeps the one that it was stored under. */
  readonly deliverTo?: string;
  readonly reply: string | null;
  readonly headers: Uint8Array | null;
  readonly payload: Uint8Array;
};

/** The answer to what nobody answers. */
export function unanswered(reply: string): Message {
  return { subject: reply, reply: null, headers: NO_RESPONDERS, payload: new Uint8Array(0) };
}

export function infoFrame(info: Readonly<Record<string, unknown>>): Uint8Array {
  return encoder.encode(`INFO ${JSON.stringify(info)}\r\n`);
}

export function errorFrame(text: string): Uint8Array {
  return encoder.encode(`-ERR '${text}'\r\n`);
}

/** Headers go to those alone who said that they take them. */
export function messageFrame(
  sid: string,
  { subject, reply, headers, payload }: Message,
  takesHeaders: boolean,
): Uint8Array {
  const block = takesHeaders ? headers : null;
  const sizes =
    block === null ? `${payload.length}` : `${block.length} ${block.length + payload.length}`;
  const verb = block === null ? "MSG" : "HMSG";
  const line = encoder.encode(
    `${verb} ${subject} ${sid} ${reply === null ? "" : `${reply} `}${sizes}\r\n`,
  );
  const frame = new Uint8Array(line.length + (block?.length ?? 0) + payload.length + 2);
  frame.set(line);
  if (block !== null) frame.set(block, line.length);
  frame.set(payload, line.length + (block?.length ?? 0));
  frame.set([0x0d, 0x0a], frame.length - 2);
  return frame;
}
