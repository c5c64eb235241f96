// One HTTP request through the data plane: a Request becomes plain parts for a runner, what it answers a Response. A
// version called by its module's route goes the way that `execute` goes.
import { waitUntil } from "cloudflare:workers";
import type { Brief } from "#domain/brief.ts";
import type { Choice } from "#domain/choice.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import { requestHeaders, responseHeaders } from "#domain/http-header.ts";
import { wholeResponse } from "#domain/http.ts";
import type { HttpBody, HttpRequest, ServeAnswer, ServeCall } from "#domain/http.ts";
import { runnerOf } from "#stores/objects.ts";
import { routed } from "./routed.ts";
import type { Asked } from "./routed.ts";

export type Serving = Asked & {
  readonly request: HttpRequest;
  /** Told with the answer. */
  readonly requestId?: string;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
};

/** A version on a node; where a workload is named, by its instance there. */
type Place = Pick<Choice, "nodeId" | "moduleId" | "maxSeconds"> & Pick<ServeCall, "workload">;

/** A body of a known, small length crosses objects with its request. */
const SHORT_BYTES_MAX = 64 * 1024;
/** Statuses that come without a body, which `Response` refuses one for. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** The request as a guest under `prefix` is to see it: without the prefix, and without what is the platform's own. */
export async function guestRequest(
  request: Request,
  as: { prefix: string; isOwnAuthorization: boolean },
): Promise<HttpRequest> {
  const url = new URL(request.url);
  const path = url.pathname.slice(as.prefix.length);
  const from = { host: url.host, protocol: url.protocol.slice(0, -1), prefix: as.prefix };
  url.pathname = path.startsWith("/") ? path : `/${path}`;
  const headers = requestHeaders([...request.headers], from);
  return {
    method: request.method,
    url: url.href,
    headers: as.isOwnAuthorization
      ? headers
      : headers.filter(([name]) => name !== "authorization" && name !== "cookie"),
    body: await bodyOf(request),
  };
}

/** Calls a version through its route, least in flight of two. */
export async function serve(env: Env, serving: Serving): Promise<Response> {
  const { answer, choice } = await routed(env, serving, async (choice) => {
    const { nodeId, moduleId, maxSeconds } = choice;
    const answer = await serveOn(env, { nodeId, moduleId, maxSeconds }, serving);
    return answer.type === "notAssigned" ? null : answer;
  });
  return responseOf(answer, choice, serving);
}

/** One request to the node that was chosen. A client that leaves before the response cancels it; later its stream tells. */
export async function serveOn(
  env: Env,
  { nodeId, maxSeconds, ...whose }: Place,
  { request, gone }: Pick<Serving, "request" | "gone">,
): Promise<ServeAnswer> {
  const runner = runnerOf(env, nodeId);
  const id = crypto.randomUUID();
  const leave = () => waitUntil(runner.cancel(id));
  gone.addEventListener("abort", leave);
  try {
    const call = { id, ...whose, timeoutMs: 1000 * maxSeconds };
    const answer = await runner.serveBriefly(call, request);
    // RPC's own types lose the tuples of the headers; RunnerObject answers with this.
    return wholeResponse(answer as Brief<ServeAnswer>);
  } finally {
    gone.removeEventListener("abort", leave);
  }
}

export function responseOf(
  answer: Exclude<ServeAnswer, { type: "notAssigned" }>,
  by: Pick<Choice, "nodeId" | "moduleId">,
  { requestId }: Pick<Serving, "requestId">,
): Response {
  if (answer.type !== "response") throw faultFrom(answer.fault);
  const { status, headers, body } = answer.response;
  const told: [string, string][] = [];
  let isEncoded = false;
  for (const [given, value] of responseHeaders(headers)) {
    const name = given.toLowerCase();
    if (name === "content-encoding") isEncoded = true;
    if (name !== "x-request-id" || requestId === undefined) told.push([given, value]);
  }
  told.push(["X-Edgeloom-Version", by.moduleId], ["X-Edgeloom-Node", by.nodeId]);
  if (answer.gasUsed !== null) told.push(["X-Edgeloom-Gas", String(answer.gasUsed)]);
  if (requestId !== undefined) told.push(["X-Request-Id", requestId]);
  try {
    // The guest's body is what its headers say: the platform must not compress it once more.
    return new Response(BODILESS.has(status) ? null : body, {
      status,
      headers: told,
      ...(isEncoded ? { encodeBody: "manual" as const } : {}),
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const message = `${by.moduleId} gave a header that is none: ${String(cause)}`;
    throw new Fault("GUEST_FAILED", message, { cause });
  }
}

async function bodyOf(request: Request): Promise<HttpBody> {
  const told = request.headers.get("content-length");
  if (told === "0") return null;
  const { body } = request;
  if (body === null) return null;
  const length = told === null ? Number.NaN : Number(told);
  return length <= SHORT_BYTES_MAX ? new Uint8Array(await request.arrayBuffer()) : body;
}
