// What JetStream's API asks, as far as it reads: streams, the last message of a subject, and push consumers. All that
// would write is refused in the server's own words, and what isn't known is nobody's to answer.
import { z } from "zod";
import type { Message } from "./frame.ts";

export type ConsumerConfig = {
  readonly deliverTo: string;
  readonly filters: readonly string[];
  /** From which message on; null for none of those that are there. */
  readonly from: number | null;
  readonly isHeadersOnly: boolean;
  /** As it came: clients compare it with what they asked for. */
  readonly given: Readonly<Record<string, unknown>>;
};

export type MessageQuery = { readonly subject: string } | { readonly sequence: number };

export type JetStreamRequest =
  | { readonly type: "account" }
  | { readonly type: "names" | "list"; readonly subject: string | null; readonly offset: number }
  | { readonly type: "stream"; readonly stream: string }
  | {
      readonly type: "message";
      readonly stream: string;
      readonly query: MessageQuery;
      /** As the message itself, and not within an answer. */
      readonly isDirect: boolean;
    }
  | {
      readonly type: "consume";
      readonly stream: string;
      /** Null where the server is to choose one. */
      readonly name: string | null;
      readonly config: ConsumerConfig;
    }
  | {
      readonly type: "consumer" | "release";
      readonly stream: string;
      readonly name: string;
    }
  | { readonly type: "refused"; readonly kind: string; readonly error: ApiError }
  /** Nobody answers there. */
  | { readonly type: "nobody" };

export type ApiError = {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
};

/** The server's own: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export const STREAM_NOT_FOUND = error(404, 10_059, "stream not found");
export const CONSUMER_NOT_FOUND = error(404, 10_014, "consumer not found");
export const MESSAGE_NOT_FOUND = error(404, 10_037, "no message found");
const SEALED = error(400, 10_109, "invalid operation on sealed stream");
const INVALID_JSON = error(400, 10_025, "invalid JSON");
const BAD_REQUEST = error(400, 10_003, "bad request");
const NO_STREAMS = error(500, 10_049, "streams are the orchestrator's: none can be made");
const PUSH_ONLY = error(400, 10_012, "only push consumers without acknowledgement are offered");
/** What a client whose role doesn't let it publish there would have the orchestrator do in its place. */
export const DELIVERY_REFUSED = error(400, 10_012, "deliver subject is not permitted");

/** What they would do to a stream, and what their answers are named by. */
const WRITES: readonly (readonly [prefix: string, kind: string])[] = [
  ["STREAM.UPDATE.", "stream_update"],
  ["STREAM.DELETE.", "stream_delete"],
  ["STREAM.PURGE.", "stream_purge"],
  ["STREAM.MSG.DELETE.", "stream_msg_delete"],
  ["STREAM.RESTORE.", "stream_restore"],
];
const PREFIX = "$JS.API.";

const query = z.union([
  z.object({ last_by_subj: z.string().min(1) }),
  z.object({ seq: z.int().positive() }),
]);
const page = z.object({ subject: z.string().nullish(), offset: z.int().nonnegative().nullish() });
const consumer = z.object({
  config: z.looseObject({
    deliver_subject: z.string().optional(),
    filter_subject: z.string().optional(),
    filter_subjects: z.array(z.string()).max(100).optional(),
    deliver_policy: z.string().optional(),
    opt_start_seq: z.int().nonnegative().optional(),
    ack_policy: z.string().optional(),
    headers_only: z.boolean().optional(),
  }),
});

export function parseJetStream(subject: string, payload: Uint8Array): JetStreamRequest {
  const operation = subject.slice(PREFIX.length);
  const written = WRITES.find(([prefix]) => operation.startsWith(prefix));
  if (written !== undefined) return { type: "refused", kind: written[1], error: SEALED };
  const [one = "", two = "", three = "", ...rest] = operation.split(".");
  switch (`${one}.${two}`) {
    case "INFO.":
      return { type: "account" };
    case "STREAM.NAMES":
    case "STREAM.LIST":
      return streams(two === "NAMES" ? "names" : "list", payload);
    case "STREAM.INFO":
      return { type: "stream", stream: three };
    case "STREAM.CREATE":
      return { type: "refused", kind: "stream_create", error: NO_STREAMS };
    case "STREAM.MSG":
      return three === "GET" ? message(rest[0] ?? "", payload) : { type: "nobody" };
    case "DIRECT.GET":
      return direct(three, rest, payload);
    case "CONSUMER.CREATE":
      return consume(three, rest[0] ?? null, payload);
    case "CONSUMER.DURABLE":
      return { type: "refused", kind: "consumer_create", error: PUSH_ONLY };
    case "CONSUMER.INFO":
      return { type: "consumer", stream: three, name: rest[0] ?? "" };
    case "CONSUMER.DELETE":
      return { type: "release", stream: three, name: rest[0] ?? "" };
    default:
      return { type: "nobody" };
  }
}

/** As all answers of the API are. */
export function apiAnswer(reply: string, kind: string, body: object): Message {
  const type = `io.nats.jetstream.api.v1.${kind}_response`;
  const payload = new TextEncoder().encode(JSON.stringify({ type, ...body }));
  return { subject: reply, reply: null, headers: null, payload };
}

function streams(type: "names" | "list", payload: Uint8Array): JetStreamRequest {
  const asked = read(page, payload);
  if ("error" in asked) return { type: "refused", kind: `stream_${type}`, error: asked.error };
  return { type, subject: asked.data.subject ?? null, offset: asked.data.offset ?? 0 };
}

function message(stream: string, payload: Uint8Array): JetStreamRequest {
  const asked = read(query, payload);
  if ("error" in asked) return { type: "refused", kind: "stream_msg_get", error: asked.error };
  return { type: "message", stream, query: queryOf(asked.data), isDirect: false };
}

/** The subject stands in the request's own where there is no body. */
function direct(stream: string, rest: readonly string[], payload: Uint8Array): JetStreamRequest {
  if (rest.length > 0) {
    return { type: "message", stream, query: { subject: rest.join(".") }, isDirect: true };
  }
  const asked = read(query, payload);
  // Direct answers have no body to tell an error in.
  if ("error" in asked) return { type: "nobody" };
  return { type: "message", stream, query: queryOf(asked.data), isDirect: true };
}

function consume(stream: string, name: string | null, payload: Uint8Array): JetStreamRequest {
  const asked = read(consumer, payload);
  if ("error" in asked) return { type: "refused", kind: "consumer_create", error: asked.error };
  const { config: given } = asked.data;
  const { deliver_subject: deliverTo, filter_subject: filter, ack_policy: ack = "none" } = given;
  if (deliverTo === undefined || ack !== "none") {
    return { type: "refused", kind: "consumer_create", error: PUSH_ONLY };
  }
  const { filter_subjects: filters = filter === undefined ? [">"] : [filter] } = given;
  const from = given.deliver_policy === "new" ? null : (given.opt_start_seq ?? 0);
  const isHeadersOnly = given.headers_only ?? false;
  return {
    type: "consume",
    stream,
    name,
    config: { deliverTo, filters, from, isHeadersOnly, given },
  };
}

function queryOf(asked: z.infer<typeof query>): MessageQuery {
  return "seq" in asked ? { sequence: asked.seq } : { subject: asked.last_by_subj };
}

/** An empty body stands for an empty object. */
function read<Body>(
  schema: z.ZodType<Body>,
  payload: Uint8Array,
): { readonly data: Body } | { readonly error: ApiError } {
  let body: unknown = {};
  try {
    if (payload.length > 0) body = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return { error: INVALID_JSON };
  }
  const parsed = schema.safeParse(body);
  return parsed.success ? { data: parsed.data } : { error: BAD_REQUEST };
}

function error(code: number, err_code: number, description: string): ApiError {
  return { code, err_code, description };
}
