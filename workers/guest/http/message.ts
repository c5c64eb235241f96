// HTTP as JSON documents, for core modules: a request in, a response out. A body is text where it is UTF-8, else base64.
import type { HttpHeaders, HttpRequest, HttpResponse } from "#domain/http.ts";

/** An absolute URL as the platform writes it: its path begins at the third slash. */
const URL_PARTS = /^[^/]*\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/;

/** Told without objects of the platform's, which for a short request took longer than the guest itself. */
export function requestDocument(request: HttpRequest, body: Uint8Array | null): string {
  const [, path = "/", query = ""] = URL_PARTS.exec(request.url) ?? [];
  return JSON.stringify({
    method: request.method,
    url: request.url,
    path,
    query,
    headers: joined(request.headers),
    ...bodyOf(body),
  });
}

/** Joins what a header says more than once, as HTTP allows. */
function joined(headers: HttpHeaders): Record<string, string> {
  // A header may go by any name that is a token.
  const all = Object.create(null) as Record<string, string>;
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    const before = all[name];
    all[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return all;
}

/** A sentence where the document is no response. */
export function responseOf(document: string | null): HttpResponse | string {
  const given: unknown = document === null ? null : JSON.parse(document);
  if (typeof given !== "object" || given === null) {
    return `It returned ${document ?? "nothing"}; expected {"status": …, "headers": …, "body": …}.`.slice(
      0,
      300,
    );
  }
  // Whatever the guest wrote: each field is looked at below.
  const { status = 200, headers = {}, body, bodyBase64 } = given as Record<string, unknown>;
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) {
    return `status is ${JSON.stringify(status)}; expected an integer from 200 to 599.`;
  }
  if (body !== undefined && typeof body !== "string") return "body is no string.";
  if (bodyBase64 !== undefined && typeof bodyBase64 !== "string") return "bodyBase64 is no string.";
  const pairs = pairsOf(headers);
  if (typeof pairs === "string") return pairs;
  const bytes = bytesOf(body, bodyBase64);
  if (typeof bytes === "string") return bytes;
  return { status: Number(status), headers: pairs, body: bytes };
}

function bodyOf(body: Uint8Array | null): { body?: string; bodyBase64?: string } {
  if (body === null || body.length === 0) return {};
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { bodyBase64: body.toBase64() };
  }
}

/** A name's value is a string, or an array of them for a header that stands more than once. */
function pairsOf(headers: unknown): [string, string][] | string {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    return "headers is no object.";
  }
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) {
      if (typeof one !== "string") return `The header ${name} is no string.`;
      pairs.push([name, one]);
    }
  }
  return pairs;
}

function bytesOf(body: string | undefined, base64: string | undefined): Uint8Array | null | string {
  if (base64 === undefined) return body === undefined ? null : new TextEncoder().encode(body);
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return "bodyBase64 is no base64.";
  }
}
