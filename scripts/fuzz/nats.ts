// Requests over NATS, to each subject that the orchestrator answers: with what belongs there, that spoiled in one place,
// and rubbish. Each has an answer in time, in JSON, and none that tells of a fault of ours.
import { RequestError, TimeoutError, wsconnect } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/nats-core";
import fc from "fast-check";
import { Random } from "#scripts/chaos/random.ts";
import { CORPUS } from "./corpus.ts";
import { parsed } from "./judge.ts";
import type { SocketFault } from "./sockets.ts";
import { nasty, spoiled } from "./values.ts";

const ANSWER_MS = 15_000;
/** What a bug of ours is told as. */
const OURS = "Something went wrong on our side.";
const LINK = {
  source_id: "echo",
  target: "echo-2",
  name: "default",
  wit_namespace: "wasi",
  wit_package: "keyvalue",
  interfaces: ["store"],
  source_config: [],
  target_config: [],
};
const SCALED = {
  component_ref: "hello:1.0.0",
  component_id: "echo",
  host_id: "workerd-us-east-1",
  count: 1,
  annotations: {},
};

/** What is answered there, and with what it makes sense. A `*` is a name. */
type Subject = readonly [subject: string, payload: unknown];
const SUBJECTS: readonly [Subject, ...Subject[]] = [
  ["wadm.api.default.model.put", CORPUS["POST /wadm/api/{lattice}/model/put"]],
  ["wadm.api.default.model.list", null],
  ["account.wadm.api.default.model.list", null],
  ["wadm.api.default.model.get.*", { version: "v1" }],
  ["wadm.api.default.model.versions.*", null],
  ["wadm.api.default.model.status.*", null],
  ["wadm.api.default.model.history.*", null],
  ["wadm.api.default.model.deploy.*", { version: "latest" }],
  ["wadm.api.default.model.undeploy.*", { non_destructive: true }],
  ["wadm.api.default.model.del.*", { delete_all: true }],
  ["wadm.api.default.*.*", null],
  ["wasmbus.ctl.v1.default.host.ping", null],
  ["wasmbus.ctl.v1.default.host.get.*", null],
  ["wasmbus.ctl.v1.default.config.put.*", { key: "value" }],
  ["wasmbus.ctl.v1.default.config.get.*", null],
  ["wasmbus.ctl.v1.default.config.del.*", null],
  ["wasmbus.ctl.v1.default.link.put", LINK],
  ["wasmbus.ctl.v1.default.link.get", null],
  ["wasmbus.ctl.v1.default.link.del", LINK],
  ["wasmbus.ctl.v1.default.label.put.*", { key: "tier", value: "1" }],
  ["wasmbus.ctl.v1.default.label.del.*", { key: "tier" }],
  ["wasmbus.ctl.v1.default.component.scale.*", SCALED],
  ["wasmbus.ctl.v1.default.component.update.*", SCALED],
  ["wasmbus.ctl.v1.default.component.auction", SCALED],
  ["wasmbus.ctl.v1.default.*.*", null],
  ["$JS.API.INFO", null],
  ["$JS.API.STREAM.NAMES", { offset: 0, subject: "$KV.wadm_state.>" }],
  ["$JS.API.STREAM.LIST", { offset: 0 }],
  ["$JS.API.STREAM.INFO.*", null],
  ["$JS.API.STREAM.INFO.KV_wadm_state", { subjects_filter: ">" }],
  ["$JS.API.STREAM.MSG.GET.KV_wadm_state", { last_by_subj: "$KV.wadm_state.host_default" }],
  ["$JS.API.DIRECT.GET.KV_wadm_state.$KV.wadm_state.*", null],
  ["$JS.API.STREAM.CREATE.*", { name: "mine", subjects: ["mine"] }],
  ["$JS.API.CONSUMER.CREATE.KV_wadm_state", { config: { deliver_subject: "mine" } }],
];
const NAMES: readonly [string, ...string[]] = [
  "echo",
  "tour",
  "default",
  "workerd-us-east-1",
  "a.b",
  "__proto__",
  "x".repeat(300),
];

export type Requests = {
  readonly token: string;
  readonly count: number;
  readonly until: number;
  readonly seed: number;
};

export async function requestOverNats(address: string, of: Requests) {
  const connection = await wsconnect({ servers: address, token: of.token });
  const random = new Random(of.seed);
  const faults = new Map<string, SocketFault>();
  let asked = 0;
  try {
    for (; asked < of.count && Date.now() < of.until; asked += 1) {
      // Each once, before chance has its way.
      const [pattern, sensible] = SUBJECTS[asked] ?? random.pick(SUBJECTS);
      const subject = pattern.replaceAll("*", () => random.pick(NAMES));
      const payload = payloadOf(sensible, random);
      const fault = await ask(connection, subject, payload);
      if (fault === null) continue;
      const told = `${fault}; ${subject.slice(0, 100)} was sent ${String(payload).slice(0, 400)}`;
      faults.set(`${pattern} ${fault}`, { socket: `NATS ${pattern}`, fault: told });
    }
  } finally {
    await connection.close();
  }
  return { asked, faults: [...faults.values()] };
}

type Payload = string | Uint8Array;

function payloadOf(sensible: unknown, random: Random): Payload {
  const right = fc.constant(sensible);
  const drawn: fc.Arbitrary<Payload> = fc.oneof(
    fc.oneof(right, right.chain(spoiled), nasty()).map(textOf),
    fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("{", "- [", "&a [*a]", "a: &a [*a, *a]", "[".repeat(20_000)),
    ),
  );
  const [payload = ""] = fc.sample(drawn, { numRuns: 1, seed: random.between(0, 2 ** 31 - 1) });
  return payload;
}

function textOf(value: unknown): string {
  return value === null ? "" : (JSON.stringify(value) ?? "");
}

/** What was wrong; null when it was answered as it should be. */
async function ask(
  connection: NatsConnection,
  subject: string,
  payload: Payload,
): Promise<string | null> {
  try {
    const answer = await connection.request(subject, payload, { timeout: ANSWER_MS });
    const text = answer.string();
    if (text.includes(OURS)) return "the answer tells of a fault of ours";
    // A bucket's key has a value of its own form, and what isn't there has only headers.
    if (subject.startsWith("$JS.API.DIRECT.GET.")) return null;
    return text === "" || parsed(text) !== undefined ? null : "the answer is no JSON";
  } catch (thrown) {
    if (thrown instanceof RequestError && thrown.isNoResponders()) return null;
    if (thrown instanceof TimeoutError) return `no answer in ${ANSWER_MS} ms`;
    if (connection.isClosed()) return `it was closed: ${String(thrown)}`;
    return String(thrown);
  }
}
