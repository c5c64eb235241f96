// HTTP through a program's standard streams, as RFC 3875 has it: the request as variables and stdin, the response as
// headers, an empty line and a body on stdout.
import type { HttpRequest, HttpResponse } from "#domain/http.ts";

/** Hop-by-hop, told as variables of their own, or harmful: a variable HTTP_PROXY is taken for a setting by many. */
const UNTOLD: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "keep-alive",
  "proxy",
  "transfer-encoding",
  "upgrade",
]);
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const LINE_END = /\r?\n/;

export function cgiVariables(request: HttpRequest, bodyBytes: number): Record<string, string> {
  const url = new URL(request.url);
  const headers = new Headers(request.headers.map(([name, value]) => [name, value]));
  const variables: Record<string, string> = {
    GATEWAY_INTERFACE: "CGI/1.1",
    SERVER_SOFTWARE: "edgeloom",
    SERVER_PROTOCOL: "HTTP/1.1",
    SERVER_NAME: url.hostname,
    SERVER_PORT: url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port,
    REQUEST_METHOD: request.method,
    SCRIPT_NAME: headers.get("x-forwarded-prefix") ?? "",
    PATH_INFO: decoded(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REMOTE_ADDR: headers.get("x-forwarded-for")?.split(",")[0]?.trim() ?? "",
  };
  if (bodyBytes > 0) variables["CONTENT_LENGTH"] = String(bodyBytes);
  const type = headers.get("content-type");
  if (type !== null) variables["CONTENT_TYPE"] = type;
  for (const [name, value] of headers) {
    if (UNTOLD.has(name)) continue;
    variables[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`] = value;
  }
  return variables;
}

/** A sentence where the output is no CGI response. */
export function cgiResponse(output: Uint8Array): HttpResponse | string {
  const end = headEnd(output);
  if (end === null) return "It wrote no empty line, which ends the headers of a CGI response.";
  const head = new TextDecoder().decode(output.subarray(0, end.at));
  const headers: [string, string][] = [];
  let status: number | null = null;
  for (const line of head.split(LINE_END)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).trim();
    if (!NAME.test(name)) return `${JSON.stringify(line.slice(0, 80))} is no header.`;
    if (name.toLowerCase() === "status") status = Number(/^(\d{3})(?: |$)/.exec(value)?.[1]);
    else headers.push([name, value]);
  }
  const isRedirect = headers.some(([name]) => name.toLowerCase() === "location");
  status ??= isRedirect ? 302 : 200;
  if (!(status >= 200 && status <= 599)) return "Its Status is no number from 200 to 599.";
  if (headers.length === 0 && status === 200) return "It told neither Content-Type nor Location.";
  return { status, headers, body: output.slice(end.at + end.length) };
}

/** Where the first empty line begins, counted from the end of the line before it. */
function headEnd(output: Uint8Array): { at: number; length: number } | null {
  for (let at = output.indexOf(0x0a); at >= 0; at = output.indexOf(0x0a, at + 1)) {
    const before = at > 0 && output[at - 1] === 0x0d ? at - 1 : at;
    if (output[at + 1] === 0x0a) return { at: before, length: at + 2 - before };
    if (output[at + 1] === 0x0d && output[at + 2] === 0x0a) {
      return { at: before, length: at + 3 - before };
    }
  }
  return null;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
