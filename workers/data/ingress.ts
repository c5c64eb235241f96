// One HTTP request to an app: a healthy instance is chosen by the weights of its module's routes, and what never reached
// a guest is tried once more elsewhere. On a warm path it asks nobody but the runner.
import { waitUntil } from "cloudflare:workers";
import type { Choice, Known } from "#domain/choice.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import type { HttpHeaders, HttpRequest, ServeAnswer } from "#domain/http.ts";
import { database } from "#stores/database.ts";
import { appOfHost } from "#stores/app-hosts.ts";
import type { AppSnapshot } from "#stores/ingress.ts";
import { callable, refresh } from "./callable.ts";
import { Remembered } from "./remembered.ts";
import { attempt } from "./routed.ts";
import { responseOf, serveOn } from "./serve.ts";

export type Visit = {
  readonly app: string;
  readonly stickyKey: string | null;
  readonly request: HttpRequest;
  /** Told with the answer. */
  readonly requestId?: string;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
};

const HEADER_BYTES_MAX = 32 * 1024;
export const REQUEST_BYTES_MAX = 32 * 1024 * 1024;
/** So long past a guest's own time a node that says nothing is given up. */
const LATE_MS = 2_000;
/** RFC 9110, 9.2.2: done twice they do what they do once. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

type Attempted =
  | { readonly type: "answered"; readonly answer: Exclude<ServeAnswer, { type: "notAssigned" }> }
  /** No guest has it: the node does not hold the version, has no room, or did not answer. */
  | { readonly type: "missed"; readonly fault: Fault; readonly isReached: boolean };

const hosts = new Remembered((env, host) => appOfHost(database(env), host));

/** The app that a host is of; null where it is no app's. */
export function appAt(env: Env, host: string): Promise<string | null> {
  return hosts.get(env, host);
}

export async function visit(env: Env, visit: Visit): Promise<Response> {
  assertHeaders(visit.request.headers);
  const body = new BoundedBody(visit.request);
  const bounded = { ...visit, request: { ...visit.request, body: body.body } };
  try {
    return await visited(env, bounded);
  } catch (cause) {
    throw body.isExceeded ? tooLarge() : cause;
  }
}

async function visited(env: Env, visit: Visit): Promise<Response> {
  const app = await callable(env, visit.app, "http");
  const first = await call(env, { app, visit, known: app });
  const { outcome } = first;
  if (outcome.type === "answered") return responseOf(outcome.answer, first.choice, visit);
  if (!isRepeatable(visit.request, outcome)) throw outcome.fault;
  const fresh = await refresh(env, visit.app);
  const nodes = (fresh ?? app).nodes.filter(({ id }) => id !== first.choice.nodeId);
  const known = { ...(fresh ?? app), nodes };
  const second = await call(env, { app: fresh ?? app, visit, known }).catch((cause: unknown) => {
    // There is no other: what the first one met is the cause.
    throw cause instanceof Fault ? outcome.fault : cause;
  });
  if (second.outcome.type === "missed") throw second.outcome.fault;
  return responseOf(second.outcome.answer, second.choice, visit);
}

/** What no guest has seen may be sent again; what one may have seen, where doing it twice is harmless. */
function isRepeatable(
  { method, body }: HttpRequest,
  { isReached }: { readonly isReached: boolean },
): boolean {
  return !(body instanceof ReadableStream) && (!isReached || IDEMPOTENT.has(method));
}

async function call(
  env: Env,
  of: { app: AppSnapshot; visit: Visit; known: Known },
): Promise<{ outcome: Attempted; choice: Choice }> {
  const { app, visit, known } = of;
  const question = {
    moduleName: app.moduleName,
    moduleId: null,
    region: null,
    stickyKey: visit.stickyKey,
    isNodeSticky: true,
  };
  const done = await attempt(question, known, (choice) => reached(env, choice, of)).catch(
    (cause: unknown) => {
      throw unavailable(visit.app, cause);
    },
  );
  // `reached` always answers.
  if (done === null) throw new Error("an attempt without an outcome");
  return { outcome: done.answer, choice: done.choice };
}

async function reached(
  env: Env,
  { nodeId, moduleId, maxSeconds }: Choice,
  { app, visit }: { app: AppSnapshot; visit: Visit },
): Promise<Attempted> {
  const place = { nodeId, moduleId, maxSeconds, workload: app.workload.id };
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), 1000 * maxSeconds + LATE_MS);
  try {
    const serving = serveOn(env, place, visit);
    // One that is given up may fail later, unheard.
    serving.catch(() => undefined);
    const answer = await Promise.race([serving, late]);
    if (answer === "late") {
      throw new Fault("EXECUTION_TIMEOUT", `Node ${nodeId} said nothing in ${maxSeconds} s.`);
    }
    if (answer.type === "notAssigned") {
      const message = `${visit.app} is being moved: node ${nodeId} does not hold ${moduleId}.`;
      const fault = new Fault("UNAVAILABLE", message, { retryAfterSeconds: 1 });
      return { type: "missed", fault, isReached: false };
    }
    if (answer.type === "refused") {
      return { type: "missed", fault: faultFrom(answer.fault), isReached: false };
    }
    return { type: "answered", answer };
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Node ${nodeId} was lost while it answered for ${visit.app}: ${reason}`;
    const fault = new Fault("GUEST_FAILED", message, { cause });
    return { type: "missed", fault, isReached: true };
  } finally {
    // One that is left running would outlive its request.
    clearTimeout(timer);
  }
}

/** Where a module's caller is told that it isn't there or may not run, an app's is told that the app can't answer now. */
function unavailable(app: string, cause: unknown): unknown {
  if (!(cause instanceof Fault)) return cause;
  const { code, message } = cause;
  const isOfRoute = code === "MODULE_NOT_DEPLOYED" || code === "MODULE_NOT_FOUND";
  if (!isOfRoute && code !== "MODULE_DISABLED") return cause;
  return new Fault("UNAVAILABLE", `App ${app} can't answer: ${message}`, { cause });
}

/** Throws where the headers of a request are more than a guest is given. */
function assertHeaders(headers: HttpHeaders): void {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length;
  if (bytes <= HEADER_BYTES_MAX) return;
  const message = `The request's headers have ${bytes} bytes; an app takes ${HEADER_BYTES_MAX}.`;
  throw new Fault("HEADERS_TOO_LARGE", message);
}

/** A body that breaks off when it is larger than an app takes, whatever length it told. */
class BoundedBody {
  readonly body: HttpRequest["body"];
  #isExceeded = false;

  constructor({ headers, body }: HttpRequest) {
    const told = Number(headers.find(([name]) => name === "content-length")?.[1] ?? 0);
    if (told > REQUEST_BYTES_MAX) throw tooLarge();
    this.body = body instanceof ReadableStream ? this.#bounded(body) : body;
  }

  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /** Only the platform's own streams cross to a runner. */
  #bounded(from: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const { readable, writable } = new IdentityTransformStream();
    waitUntil(this.#pump(from, writable).catch(() => undefined));
    return readable;
  }

  async #pump(from: ReadableStream<Uint8Array>, to: WritableStream<Uint8Array>): Promise<void> {
    const reader = from.getReader();
    const writer = to.getWriter();
    let left = REQUEST_BYTES_MAX;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return await writer.close();
        left -= value.byteLength;
        if (left < 0) {
          this.#isExceeded = true;
          throw tooLarge();
        }
        await writer.write(value);
      }
    } catch (cause) {
      await Promise.allSettled([writer.abort(cause), reader.cancel(cause)]);
    }
  }
}

function tooLarge(): Fault {
  const message = `The request's body is larger than the ${REQUEST_BYTES_MAX} bytes that an app takes.`;
  return new Fault("PAYLOAD_TOO_LARGE", message);
}
