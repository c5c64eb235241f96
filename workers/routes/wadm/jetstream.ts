// JetStream's API as clients of wadm use it: reading key-value buckets. What is there is looked up when it is asked for.
import { ulid } from "ulid";
import { unanswered } from "#domain/nats/frame.ts";
import type { Message } from "#domain/nats/frame.ts";
import {
  CONSUMER_NOT_FOUND,
  DELIVERY_REFUSED,
  MESSAGE_NOT_FOUND,
  STREAM_NOT_FOUND,
  apiAnswer,
  parseJetStream,
} from "#domain/nats/jetstream.ts";
import type { ApiError, JetStreamRequest, MessageQuery } from "#domain/nats/jetstream.ts";
import { mayPublish } from "#domain/nats/permission.ts";
import {
  bucketOf,
  consumerInfo,
  directMessage,
  keyOf,
  newConsumer,
  storedMessage,
  streamInfo,
  streamOf,
  subjectOf,
  wantedKeys,
} from "#domain/nats/stream.ts";
import type { Consumer, Entry } from "#domain/nats/stream.ts";
import { isSubject } from "#domain/nats/subject.ts";
import type { Principal } from "#domain/role.ts";
import { bucketNamed, bucketNames, readEntries } from "./bucket.ts";
import type { LiveBucket } from "./bucket.ts";

type Asked = {
  readonly subject: string;
  readonly reply: string;
  readonly payload: Uint8Array;
  readonly lattice: string;
  readonly by: Principal;
};

/** What goes out, and the consumer that was made. */
export type Answer = {
  readonly messages: readonly Message[];
  readonly consumer: Consumer | null;
};

/** As the server has it. */
const NAMES_AT_ONCE = 1024;
const INFOS_AT_ONCE = 256;
/** Only what the platform's own memory bounds: a client asks for these to learn that there are none. */
const UNLIMITED = { max_memory: -1, max_storage: -1, max_streams: -1, max_consumers: -1 };

export async function answerJetStream(env: Env, asked: Asked): Promise<Answer> {
  const { subject, reply, payload, lattice } = asked;
  const request = parseJetStream(subject, payload);
  const just = (message: Message): Answer => ({ messages: [message], consumer: null });
  const told = (kind: string, body: object) => just(apiAnswer(reply, kind, body));
  const failed = (kind: string, error: ApiError) => told(kind, { error });
  switch (request.type) {
    case "nobody":
      return just(unanswered(reply));
    case "refused":
      return failed(request.kind, request.error);
    case "account": {
      const streams = (await bucketNames(env, lattice)).length;
      const api = { total: 0, errors: 0 };
      const used = { memory: 0, storage: 0, streams, consumers: 0 };
      return told("account_info", { ...used, limits: UNLIMITED, api });
    }
    case "names":
    case "list":
      return told(`stream_${request.type}`, await streamPage(env, request, lattice));
    case "consumer":
      return failed("consumer_info", CONSUMER_NOT_FOUND);
    case "release":
      return failed("consumer_delete", CONSUMER_NOT_FOUND);
    case "stream": {
      const bucket = await bucketAt(env, request.stream, lattice);
      return bucket === null
        ? failed("stream_info", STREAM_NOT_FOUND)
        : told("stream_info", streamInfo(bucket, Date.now()));
    }
    case "message": {
      const bucket = await bucketAt(env, request.stream, lattice);
      const entry = bucket === null ? null : await entryAt(bucket, request.query);
      const now = Date.now();
      if (request.isDirect) {
        const found = bucket === null || entry === null ? null : { bucket: bucket.name, entry };
        return just(directMessage(reply, found, now));
      }
      if (bucket === null) return failed("stream_msg_get", STREAM_NOT_FOUND);
      if (entry === null) return failed("stream_msg_get", MESSAGE_NOT_FOUND);
      return told("stream_msg_get", { message: storedMessage(bucket.name, entry, now) });
    }
    case "consume": {
      const made = await consumerFor(env, request, asked);
      if ("error" in made) return failed("consumer_create", made.error);
      return {
        messages: [apiAnswer(reply, "consumer_create", consumerInfo(made))],
        consumer: made,
      };
    }
  }
}

async function consumerFor(
  env: Env,
  { stream, name, config }: Extract<JetStreamRequest, { type: "consume" }>,
  { lattice, by }: Asked,
): Promise<Consumer | { readonly error: ApiError }> {
  const { deliverTo } = config;
  // Else a client would have said by the orchestrator what it may not say itself.
  if (!isSubject(deliverTo) || !mayPublish(by.role, deliverTo)) return { error: DELIVERY_REFUSED };
  const bucket = await bucketAt(env, stream, lattice);
  if (bucket === null) return { error: STREAM_NOT_FOUND };
  const now = Date.now();
  const entries = await readEntries(bucket, wantedKeys(bucket, config, now));
  return newConsumer(bucket.name, { name: name ?? ulid(now), config, entries, now });
}

async function streamPage(
  env: Env,
  { type, subject, offset }: Extract<JetStreamRequest, { type: "names" | "list" }>,
  lattice: string,
) {
  const names = (await bucketNames(env, lattice)).filter(
    (name) => subject === null || subject.startsWith(subjectOf(name, "")),
  );
  const limit = type === "names" ? NAMES_AT_ONCE : INFOS_AT_ONCE;
  const page = names.slice(offset, offset + limit);
  const common = { total: names.length, offset, limit };
  if (type === "names") return { ...common, streams: page.map(streamOf) };
  const buckets = await Promise.all(page.map((name) => bucketNamed(env, name, lattice)));
  const now = Date.now();
  const found = buckets.filter((bucket) => bucket !== null);
  return { ...common, streams: found.map((bucket) => streamInfo(bucket, now)) };
}

async function bucketAt(env: Env, stream: string, lattice: string): Promise<LiveBucket | null> {
  const name = bucketOf(stream);
  return name === null ? null : bucketNamed(env, name, lattice);
}

/** By a sequence nothing is found: a look at a bucket is the only one that has its number. */
async function entryAt(bucket: LiveBucket, query: MessageQuery): Promise<Entry | null> {
  if ("sequence" in query) return null;
  const key = keyOf(bucket.name, query.subject);
  const value = key === null ? null : await bucket.read(key);
  return key === null || value === null ? null : { key, value };
}
