// What becomes of headers between a client and a guest: what belongs to one connection stays behind, and who asked from
// where is told, whatever the client said of it.
import type { HttpHeaders } from "./http.ts";

/** RFC 9110, 7.6.1; and what the platform says of its own client. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Told by us alone. `x-forwarded-for` goes on with what the platform saw. */
const OURS = /^(?:cf-|mf-|x-edgeloom-|x-forwarded-(?:host|proto|prefix)$|x-real-ip$|forwarded$)/;

export type From = {
  readonly host: string;
  readonly protocol: string;
  /** The path that leads to the guest, without a slash at its end. */
  readonly prefix: string;
};

export function requestHeaders(headers: HttpHeaders, from: From): HttpHeaders {
  const dropped = namedByConnection(headers);
  const kept = headers.filter(
    ([name]) =>
      !HOP_BY_HOP.has(name) && !dropped.has(name) && !OURS.test(name) && name !== "x-forwarded-for",
  );
  return [
    ...kept,
    ["x-forwarded-for", clientOf(headers)],
    ["x-forwarded-host", from.host],
    ["x-forwarded-proto", from.protocol],
    ["x-forwarded-prefix", from.prefix],
  ];
}

/** A length is the platform's to tell: what a guest says of it may not be so. */
export function responseHeaders(headers: HttpHeaders): HttpHeaders {
  return headers.filter(([given]) => {
    const name = given.toLowerCase();
    return !HOP_BY_HOP.has(name) && !OURS.test(name) && name !== "content-length";
  });
}

/** Where there is no platform to say who asks, the request is a local one. */
function clientOf(headers: HttpHeaders): string {
  const address = headers.find(([name]) => name === "cf-connecting-ip")?.[1] ?? "127.0.0.1";
  const before = headers.find(([name]) => name === "x-forwarded-for")?.[1];
  // On the platform it ends with the client's address already.
  if (before === undefined || before === address) return address;
  return before.endsWith(address) ? before : `${before}, ${address}`;
}

function namedByConnection(headers: HttpHeaders): ReadonlySet<string> {
  const value = headers.find(([name]) => name === "connection")?.[1] ?? "";
  return new Set(value.split(",").map((name) => name.trim().toLowerCase()));
}
