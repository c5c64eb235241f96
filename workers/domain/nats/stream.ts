// A key-value bucket as the stream that JetStream's clients see in it: one message a key, made when it is asked for.
// Nothing is stored, so each look at it is a revision of its own, numbered by the clock.
import type { Message } from "./frame.ts";
import { statusHeaders, writeHeaders } from "./headers.ts";
import type { ConsumerConfig } from "./jetstream.ts";
import { matches } from "./subject.ts";

export type Entry = { readonly key: string; readonly value: Uint8Array };
export type Bucket = { readonly name: string; readonly keys: readonly string[] };

/** What a consumer is told of itself, and what waits for it. */
export type Consumer = {
  readonly stream: string;
  readonly name: string;
  readonly deliverTo: string;
  /** JSON. */
  readonly info: string;
  readonly messages: readonly Message[];
};

const STREAM_PREFIX = "KV_";
const NANOS_PER_MS = 1_000_000;
const EMPTY = new Uint8Array(0);

/** The bucket that a stream is; null for what is none. */
export function bucketOf(stream: string): string | null {
  return stream.startsWith(STREAM_PREFIX) ? stream.slice(STREAM_PREFIX.length) : null;
}

export function streamOf(bucket: string): string {
  return `${STREAM_PREFIX}${bucket}`;
}

export function subjectOf(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/** Null for a subject that is none of the bucket's. */
export function keyOf(bucket: string, subject: string): string | null {
  const prefix = subjectOf(bucket, "");
  return subject.startsWith(prefix) ? subject.slice(prefix.length) : null;
}

export function streamInfo({ name, keys }: Bucket, now: number) {
  const at = new Date(now).toISOString();
  const messages = keys.length;
  return {
    config: {
      name: streamOf(name),
      subjects: [subjectOf(name, ">")],
      retention: "limits",
      max_consumers: -1,
      max_msgs: -1,
      max_bytes: -1,
      max_age: 0,
      max_msgs_per_subject: 1,
      max_msg_size: -1,
      discard: "new",
      storage: "memory",
      num_replicas: 1,
      sealed: true,
      deny_delete: true,
      deny_purge: true,
      allow_rollup_hdrs: false,
      allow_direct: true,
      mirror_direct: false,
    },
    created: at,
    state: {
      messages,
      // Of what is made when it is asked for nothing is stored.
      bytes: 0,
      first_seq: now,
      first_ts: at,
      last_seq: now + Math.max(0, messages - 1),
      last_ts: at,
      num_subjects: messages,
      consumer_count: 0,
    },
    ts: at,
  };
}

export function storedMessage(bucket: string, { key, value }: Entry, now: number) {
  return {
    subject: subjectOf(bucket, key),
    seq: now,
    data: value.toBase64(),
    time: new Date(now).toISOString(),
  };
}

/** The message itself, with where it stands in its headers. */
export function directMessage(
  reply: string,
  found: { readonly bucket: string; readonly entry: Entry } | null,
  now: number,
): Message {
  if (found === null) {
    const headers = statusHeaders(404, "Message Not Found");
    return { subject: reply, reply: null, headers, payload: EMPTY };
  }
  const { bucket, entry } = found;
  const headers = writeHeaders({
    "Nats-Stream": streamOf(bucket),
    "Nats-Subject": subjectOf(bucket, entry.key),
    "Nats-Sequence": `${now}`,
    "Nats-Time-Stamp": new Date(now).toISOString(),
  });
  return { subject: reply, reply: null, headers, payload: entry.value };
}

/** Which keys a consumer wants to see. */
export function wantedKeys({ name, keys }: Bucket, { filters, from }: ConsumerConfig, now: number) {
  if (from === null) return [];
  return keys.filter((key, at) => {
    const subject = subjectOf(name, key);
    return now + at >= from && filters.some((filter) => matches(filter, subject));
  });
}

/** Pending is what waits. */
export function consumerInfo({ info, messages }: Consumer): object {
  // Written below, as an object.
  return { ...(JSON.parse(info) as object), num_pending: messages.length };
}

export function newConsumer(
  bucket: string,
  of: {
    readonly name: string;
    readonly config: ConsumerConfig;
    readonly entries: readonly Entry[];
    readonly now: number;
  },
): Consumer {
  const { name, config, entries, now } = of;
  const stream = streamOf(bucket);
  const none = { consumer_seq: 0, stream_seq: 0 };
  return {
    stream,
    name,
    deliverTo: config.deliverTo,
    info: JSON.stringify({
      stream_name: stream,
      name,
      created: new Date(now).toISOString(),
      config: { ...config.given, name },
      delivered: none,
      ack_floor: none,
      num_ack_pending: 0,
      num_redelivered: 0,
      num_waiting: 0,
    }),
    messages: entries.map(({ key, value }, at): Message => {
      const nanos = BigInt(now) * BigInt(NANOS_PER_MS);
      const place = [1, now + at, at + 1, nanos, entries.length - at - 1].join(".");
      const size = writeHeaders({ "Nats-Msg-Size": `${value.length}` });
      return {
        subject: subjectOf(bucket, key),
        deliverTo: config.deliverTo,
        reply: `$JS.ACK.${stream}.${name}.${place}`,
        headers: config.isHeadersOnly ? size : null,
        payload: config.isHeadersOnly ? EMPTY : value,
      };
    }),
  };
}
