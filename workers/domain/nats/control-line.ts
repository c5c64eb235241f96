// The line that begins an operation: its words, and the JSON of CONNECT.
import { z } from "zod";
import type { ConnectOptions } from "./operation.ts";

/** What a PUB or HPUB line says of the bytes that follow it. */
export type PayloadShape = {
  readonly subject: string;
  readonly reply: string | null;
  readonly headerBytes: number | null;
  readonly totalBytes: number;
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SIZE = /^\d{1,10}$/;

const flag = z.boolean().nullish();
const text = z.string().nullish();
const connect = z.object({
  verbose: flag,
  pedantic: flag,
  echo: flag,
  headers: flag,
  no_responders: flag,
  user: text,
  pass: text,
  auth_token: text,
  jwt: text,
});

/** Words between blanks and tabs; null where the bytes are no text. */
export function argumentsOf(bytes: Uint8Array): string[] | null {
  const line = decoded(bytes);
  return line === null ? null : line.split(/[ \t]+/).filter((word) => word !== "");
}

export function payloadShape(args: readonly string[], hasHeaders: boolean): PayloadShape | null {
  const sizes = hasHeaders ? 2 : 1;
  const [subject, ...rest] = args;
  if (subject === undefined || rest.length < sizes || rest.length > sizes + 1) return null;
  const reply = rest.length > sizes ? (rest[0] ?? null) : null;
  const numbers = rest.slice(-sizes);
  if (!numbers.every((number) => SIZE.test(number))) return null;
  const [first, total] = numbers.map(Number);
  if (first === undefined) return null;
  return hasHeaders
    ? { subject, reply, headerBytes: first, totalBytes: total ?? first }
    : { subject, reply, headerBytes: null, totalBytes: first };
}

export function connectOptions(bytes: Uint8Array): ConnectOptions | null {
  const line = decoded(bytes);
  if (line === null) return null;
  const given = connect.safeParse(json(line));
  if (!given.success) return null;
  const { verbose, pedantic, echo, headers, no_responders, user, pass, auth_token, jwt } =
    given.data;
  return {
    // The protocol's own defaults: a client that says nothing is answered +OK.
    verbose: verbose ?? true,
    pedantic: pedantic ?? true,
    echo: echo ?? true,
    headers: headers ?? false,
    noResponders: no_responders ?? false,
    user: user ?? null,
    password: pass ?? null,
    token: auth_token ?? jwt ?? null,
  };
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
