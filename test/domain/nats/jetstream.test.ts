// What of JetStream's API is understood, and what streams and consumers of buckets tell.
import { describe, expect, it } from "vitest";
import { Consumers } from "#domain/nats/consumers.ts";
import { parseJetStream } from "#domain/nats/jetstream.ts";
import type { ConsumerConfig } from "#domain/nats/jetstream.ts";
import {
  bucketOf,
  consumerInfo,
  keyOf,
  newConsumer,
  streamInfo,
  wantedKeys,
} from "#domain/nats/stream.ts";

const NOW = 1_800_000_000_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const parse = (subject: string, body?: object | string) =>
  parseJetStream(
    `$JS.API.${subject}`,
    encoder.encode(typeof body === "object" ? JSON.stringify(body) : (body ?? "")),
  );
const config = (given: Partial<ConsumerConfig> = {}): ConsumerConfig => ({
  deliverTo: "_INBOX.a.1",
  filters: [">"],
  from: 0,
  isHeadersOnly: false,
  given: {},
  ...given,
});
const consumer = (name: string, given: Partial<ConsumerConfig> = {}, keys = ["x", "y"]) =>
  newConsumer("b", {
    name,
    config: config(given),
    entries: keys.map((key) => ({ key, value: encoder.encode(`value of ${key}`) })),
    now: NOW,
  });

describe("a request", () => {
  it.each([
    ["INFO", undefined, { type: "account" }],
    ["STREAM.INFO.KV_b", undefined, { type: "stream", stream: "KV_b" }],
    ["STREAM.NAMES", { subject: "$KV.b.x" }, { type: "names", subject: "$KV.b.x", offset: 0 }],
    ["STREAM.LIST", { offset: 256 }, { type: "list", subject: null, offset: 256 }],
    [
      "STREAM.MSG.GET.KV_b",
      { last_by_subj: "$KV.b.x" },
      { type: "message", stream: "KV_b", query: { subject: "$KV.b.x" }, isDirect: false },
    ],
    [
      "DIRECT.GET.KV_b.$KV.b.x.y",
      undefined,
      { type: "message", stream: "KV_b", query: { subject: "$KV.b.x.y" }, isDirect: true },
    ],
    [
      "DIRECT.GET.KV_b",
      { seq: 7 },
      { type: "message", stream: "KV_b", query: { sequence: 7 }, isDirect: true },
    ],
    ["CONSUMER.INFO.KV_b.c", undefined, { type: "consumer", stream: "KV_b", name: "c" }],
    ["CONSUMER.DELETE.KV_b.c", undefined, { type: "release", stream: "KV_b", name: "c" }],
    ["CONSUMER.MSG.NEXT.KV_b.c", undefined, { type: "nobody" }],
    ["META.LEADER.STEPDOWN", undefined, { type: "nobody" }],
    ["DIRECT.GET.KV_b", { multi_last: ["$KV.b.>"] }, { type: "nobody" }],
  ])("%s %j is understood", (subject, body, request) => {
    expect(parse(subject, body)).toEqual(request);
  });

  it("for a consumer is understood with its name and its filter, in the body and in the subject", () => {
    const given = {
      deliver_subject: "_INBOX.a.1",
      filter_subject: "$KV.b.x",
      deliver_policy: "last_per_subject",
      ack_policy: "none",
      headers_only: true,
    };
    expect(parse("CONSUMER.CREATE.KV_b.c.$KV.b.x", { config: given })).toEqual({
      type: "consume",
      stream: "KV_b",
      name: "c",
      config: config({ filters: ["$KV.b.x"], isHeadersOnly: true, given }),
    });
    const several = { deliver_subject: "i", filter_subjects: ["$KV.b.x", "$KV.b.y"] };
    expect(parse("CONSUMER.CREATE.KV_b", { config: several })).toMatchObject({
      name: null,
      config: { filters: ["$KV.b.x", "$KV.b.y"] },
    });
  });

  it.each([
    ["STREAM.CREATE.KV_b", {}, "stream_create", 10_049],
    ["STREAM.DELETE.KV_b", {}, "stream_delete", 10_109],
    ["STREAM.PURGE.KV_b", {}, "stream_purge", 10_109],
    ["STREAM.MSG.DELETE.KV_b", {}, "stream_msg_delete", 10_109],
    ["CONSUMER.DURABLE.CREATE.KV_b.c", {}, "consumer_create", 10_012],
    ["CONSUMER.CREATE.KV_b", { config: {} }, "consumer_create", 10_012],
    [
      "CONSUMER.CREATE.KV_b",
      { config: { deliver_subject: "i", ack_policy: "explicit" } },
      "consumer_create",
      10_012,
    ],
    ["CONSUMER.CREATE.KV_b", "{", "consumer_create", 10_025],
    ["STREAM.MSG.GET.KV_b", { seq: -1 }, "stream_msg_get", 10_003],
    ["STREAM.NAMES", { offset: "x" }, "stream_names", 10_003],
  ])("%s %j is refused in JetStream's own form", (subject, body, ...[kind, code]) => {
    expect(parse(subject, body)).toMatchObject({
      type: "refused",
      kind,
      error: { err_code: code },
    });
  });
});

describe("a bucket's stream", () => {
  it("has the bucket's name and subjects", () => {
    expect(bucketOf("KV_wadm_state")).toBe("wadm_state");
    expect(bucketOf("OBJ_x")).toBeNull();
    expect(keyOf("b", "$KV.b.x.y")).toBe("x.y");
    expect(keyOf("b", "$KV.bb.x")).toBeNull();
  });

  it("tells how many messages it has, and takes none", () => {
    const { config, state } = streamInfo({ name: "b", keys: ["x", "y"] }, NOW);
    expect(config).toMatchObject({ name: "KV_b", subjects: ["$KV.b.>"], sealed: true });
    expect(state).toMatchObject({ messages: 2, first_seq: NOW, last_seq: NOW + 1 });
  });

  it("gives a consumer what its filters match, from where it begins", () => {
    const bucket = { name: "b", keys: ["x", "y", "z.a"] };
    const wanted = (given: Partial<ConsumerConfig>) => wantedKeys(bucket, config(given), NOW);
    expect(wanted({})).toEqual(["x", "y", "z.a"]);
    expect(wanted({ filters: ["$KV.b.z.>", "$KV.b.x"] })).toEqual(["x", "z.a"]);
    expect(wanted({ from: null })).toEqual([]);
    expect(wanted({ from: NOW + 1 })).toEqual(["y", "z.a"]);
    expect(wanted({ from: NOW + 3 })).toEqual([]);
  });
});

describe("a consumer", () => {
  it("numbers its messages, and says with each how many come after it", () => {
    const made = consumer("c");
    const { messages } = made;
    expect(consumerInfo(made)).toMatchObject({ name: "c", num_pending: 2 });
    expect(messages.map(({ subject, reply }) => [subject, reply])).toEqual([
      ["$KV.b.x", `$JS.ACK.KV_b.c.1.${NOW}.1.${NOW}000000.1`],
      ["$KV.b.y", `$JS.ACK.KV_b.c.1.${NOW + 1}.2.${NOW}000000.0`],
    ]);
    expect(decoder.decode(messages[0]?.payload)).toBe("value of x");
  });

  it("of headers alone tells the sizes", () => {
    const [first] = consumer("c", { isHeadersOnly: true }).messages;
    expect(first?.payload).toHaveLength(0);
    expect(decoder.decode(first?.headers ?? undefined)).toContain("Nats-Msg-Size: 10");
  });

  it("waits for somebody who listens, and tells each message once", () => {
    const consumers = new Consumers();
    consumers.hold(consumer("c"), NOW);
    expect(consumers.due(["_INBOX.b.>"])).toEqual([]);
    expect(consumers.due(["_INBOX.a.*"])).toHaveLength(2);
    expect(consumers.due(["_INBOX.a.*"])).toEqual([]);
  });

  it("is told of while it is held, and gone once it is deleted", () => {
    const consumers = new Consumers();
    const ask = (what: string, name = "c") => {
      const subject = `$JS.API.CONSUMER.${what}.KV_b.${name}`;
      const request = { subject, reply: "r", headers: null, payload: encoder.encode("") };
      const answer = consumers.answer(request);
      return answer === null ? null : JSON.parse(decoder.decode(answer.payload));
    };
    consumers.hold(consumer("c"), NOW);
    expect(ask("INFO")).toMatchObject({ name: "c", num_pending: 2 });
    expect(ask("INFO", "d")).toBeNull();
    consumers.due(["_INBOX.a.1"]);
    expect(ask("INFO")).toMatchObject({ num_pending: 0 });
    expect(ask("DELETE")).toMatchObject({ success: true });
    expect(ask("INFO")).toBeNull();
  });

  it("is forgotten when it is old, and when there are too many", () => {
    const consumers = new Consumers();
    const isHeld = (name: string) => {
      const subject = `$JS.API.CONSUMER.INFO.KV_b.${name}`;
      return consumers.answer({ subject, reply: "r", headers: null, payload: new Uint8Array() });
    };
    consumers.hold(consumer("old"), NOW);
    consumers.hold(consumer("new"), NOW + 60_000);
    expect(isHeld("old")).toBeNull();
    expect(isHeld("new")).not.toBeNull();
    for (let at = 0; at < 256; at += 1) consumers.hold(consumer(`c${at}`), NOW + 60_000);
    expect(isHeld("new")).toBeNull();
    expect(isHeld("c0")).not.toBeNull();
  });
});
