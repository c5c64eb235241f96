// The clients that people have, from npm and as they are, against the program on a real socket.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kvm } from "@nats-io/kv";
import { wsconnect } from "@nats-io/nats-core";
import { LatticeClient } from "@wasmcloud/lattice-client-core";
import { connect } from "nats.ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, startProgram } from "./program.ts";
import type { Program } from "./program.ts";

const WASM = join(import.meta.dirname, "../../examples/hello/hello.wasm");
const WAIT_MS = 20_000;

const manifest = (name: string, version: string): string => `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: ${name}, annotations: { version: "${version}", description: Greets } }
spec:
  components:
    - name: greeter
      type: component
      properties: { image: "hello:1.0.0" }
      traits:
        - type: spreadscaler
          properties: { instances: 2 }
`;

type Asked = { readonly data: Uint8Array };
/** What the clients of both generations have in common. */
type Connection = {
  request(subject: string, payload?: string, options?: { timeout: number }): Promise<Asked>;
  publish(subject: string, payload?: string): void;
  flush(): Promise<void>;
  drain(): Promise<void>;
  reconnect(): Promise<void>;
  subscribe(
    subject: string,
    options: { queue?: string; callback: (error: Error | null, message: Asked) => void },
  ): unknown;
};

let program: Program;

beforeAll(async () => {
  // The last of the clients can't be told a token: it connects as nobody.
  program = await startProgram({ ANONYMOUS_NATS_ROLE: "Developer" });
  await program.client.send("POST", "/api/v1/wasm/modules", {
    name: "hello",
    version: "1.0.0",
    wasiVersion: "preview1",
    wasmBinary: readFileSync(WASM).toString("base64"),
  });
}, 120_000);

afterAll(() => program.stop());

const address = (): string => program.url.replace("http", "ws");

const CLIENTS: readonly (readonly [string, () => Promise<Connection>])[] = [
  ["nats.ws", () => connect({ servers: address(), token: program.token })],
  ["@nats-io/nats-core", () => wsconnect({ servers: address(), token: program.token })],
];

describe.each(CLIENTS)("%s", (label, open) => {
  const lattice = label.replaceAll(/\W/g, "");
  let connection: Connection;
  beforeAll(async () => {
    connection = await open();
  });
  afterAll(() => connection.drain());

  async function ask(operation: string, payload = ""): Promise<Record<string, unknown>> {
    const subject = `wadm.api.${lattice}.model.${operation}`;
    const { data } = await connection.request(subject, payload, { timeout: WAIT_MS });
    // Each test says which answer it expects; what comes is then asserted.
    return JSON.parse(new TextDecoder().decode(data)) as Record<string, unknown>;
  }

  it("puts, lists, gets, deploys until deployed, undeploys and deletes a model", async () => {
    expect(await ask("put", manifest("greetings", "1.0"))).toMatchObject({ result: "created" });
    expect(await ask("put", manifest("greetings", "1.1"))).toMatchObject({ result: "newversion" });
    expect(await ask("list")).toEqual([
      expect.objectContaining({ name: "greetings", version: "1.1" }),
    ]);
    expect(await ask("get.greetings")).toMatchObject({ result: "success" });
    const versions = await ask("versions.greetings");
    expect(versions["versions"]).toHaveLength(2);
    expect(await ask("deploy.greetings")).toMatchObject({ result: "acknowledged" });
    await eventually(async () => {
      const { status } = await ask("status.greetings");
      return JSON.stringify(status).includes('"type":"deployed"');
    });
    expect(await ask("undeploy.greetings", "{}")).toMatchObject({ result: "acknowledged" });
    expect(await ask("del.greetings", '{"delete_all":true}')).toMatchObject({ result: "deleted" });
    expect(await ask("list")).toEqual([]);
  });

  it("shares a queue group's messages among its members, each once", async () => {
    const other = await open();
    const heard: string[][] = [[], []];
    for (const [at, member] of [connection, other].entries()) {
      const callback = (_: Error | null, { data }: Asked): void => {
        heard[at]?.push(new TextDecoder().decode(data));
      };
      member.subscribe(`orders.${lattice}`, { queue: "workers", callback });
      await member.flush();
    }
    const sent = Array.from({ length: 40 }, (_, number) => `${number}`);
    for (const number of sent) connection.publish(`orders.${lattice}`, number);
    await eventually(async () => heard.flat().length >= sent.length);
    await sleep(100);
    expect(heard.flat().toSorted()).toEqual(sent.toSorted());
    expect(heard.every((own) => own.length > 0)).toBe(true);
    await other.drain();
  });

  it("goes on after its lattice's object was evicted", async () => {
    await program.orchestrator.miniflare.unsafeEvictDurableObject("edgeloom", "NatsObject", {
      name: "default",
    });
    expect(await ask("list")).toEqual([]);
  });

  it("hears and asks on after an eviction, and once more after its own reconnection", async () => {
    const heard: string[] = [];
    const callback = (_: Error | null, { data }: Asked): void => {
      heard.push(new TextDecoder().decode(data));
    };
    connection.subscribe(`news.${lattice}`, { callback });
    await connection.flush();
    const other = await open();
    const says = async (news: string): Promise<void> => {
      other.publish(`news.${lattice}`, news);
      await eventually(async () => heard.includes(news));
    };
    await says("before");
    await program.orchestrator.miniflare.unsafeEvictDurableObject("edgeloom", "NatsObject", {
      name: "default",
    });
    await says("evicted");
    await connection.reconnect();
    // Until the subscription is there anew, what is said goes by.
    await eventually(async () => {
      other.publish(`news.${lattice}`, "again");
      await other.flush();
      return heard.includes("again");
    });
    expect(heard.filter((news) => news === "before" || news === "evicted")).toHaveLength(2);
    expect(await ask("list")).toEqual([]);
    await other.drain();
  });
});

/** Of both generations. */
type Bucket = {
  get(key: string): Promise<{ json(): unknown } | null>;
  keys(filter?: string): Promise<AsyncIterable<string>>;
  put(key: string, value: string): Promise<number>;
  watch(of: { key: string }): Promise<AsyncIterable<{ key: string; value: Uint8Array }>>;
};

describe.each<readonly [string, (bucket: string) => Promise<[Bucket, Connection]>]>([
  [
    "nats.ws",
    async (bucket) => {
      const connection = await connect({ servers: address(), token: program.token });
      return [await connection.jetstream().views.kv(bucket), connection];
    },
  ],
  [
    "@nats-io/kv",
    async (bucket) => {
      const connection = await wsconnect({ servers: address(), token: program.token });
      return [await new Kvm(connection).create(bucket), connection];
    },
  ],
])("a key-value bucket by %s", (_, open) => {
  it("tells the hosts that are alive, by the lattice, and takes nothing", async () => {
    const [bucket, connection] = await open("wadm_state");
    const hosts = (await bucket.get("host_default"))?.json();
    expect(Object.values(hosts ?? {})).toContainEqual(
      expect.objectContaining({ id: "workerd-us-east-1", components: expect.any(Object) }),
    );
    expect(await bucket.get("nothing")).toBeNull();
    expect(await listed(bucket)).toContain("host_default");
    expect(await listed(bucket, "host_default")).toEqual(["host_default"]);
    const watched = await bucket.watch({ key: "host_default" });
    for await (const { key, value } of watched) {
      expect([key, value.length > 2]).toEqual(["host_default", true]);
      break;
    }
    await expect(bucket.put("host_default", "{}")).rejects.toThrow(/permission/i);
    await connection.drain();
  });

  it("has no keys where the lattice has no configs", async () => {
    const [bucket, connection] = await open("CONFIGDATA_empty");
    expect(await listed(bucket)).toEqual([]);
    await connection.drain();
  });

  it("that isn't there can't be made", async () => {
    await expect(open("other")).rejects.toThrow("none can be made");
  });
});

async function listed(bucket: Bucket, filter?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of await bucket.keys(filter)) keys.push(key);
  return keys;
}

describe("@wasmcloud/lattice-client-core", () => {
  it("stores, deploys, follows and deletes an application", async () => {
    const client = new LatticeClient({
      config: { latticeUrl: address(), latticeId: "washboard", retryCount: 3 },
    });
    const { applications, instance } = client;
    await instance.connect();
    expect(await applications.put(manifest("greetings", "1.0"))).toMatchObject({
      result: "created",
      current_version: "1.0",
    });
    expect(await applications.list()).toMatchObject({
      result: "success",
      models: [{ name: "greetings", version: "1.0" }],
    });
    expect(await applications.versions("greetings")).toMatchObject({
      versions: [{ version: "1.0", deployed: false }],
    });
    expect(await applications.deploy("greetings")).toMatchObject({ result: "acknowledged" });
    await eventually(async () => {
      const { status } = await applications.status("greetings");
      return JSON.stringify(status).includes('"type":"deployed"');
    });
    const { detail } = await applications.detail("greetings");
    expect(detail.manifest.metadata.name).toBe("greetings");
    expect(await applications.undeploy("greetings")).toMatchObject({ result: "acknowledged" });
    const deleted = await applications.delete("greetings", { delete_all: true });
    expect(deleted).toMatchObject({ result: "deleted" });
    await instance.disconnect();
  });

  it("lists hosts, and scales a component with a config and a link", async () => {
    const client = new LatticeClient({
      config: { latticeUrl: address(), latticeId: "washboard", retryCount: 3 },
    });
    const { hosts, configs, links, components, providers } = client;
    const host_id = "workerd-us-east-1";
    const refs = await hosts.list({ expand: false });
    expect(refs.response).toContainEqual(
      expect.objectContaining({ id: host_id, lattice: "washboard", components: {} }),
    );
    const details = await hosts.list({ expand: true });
    expect(details).toMatchObject({ success: true });
    expect(details.response).toContainEqual(expect.objectContaining({ host_id, providers: [] }));

    const events: string[] = [];
    client.instance.subscribe("wasmbus.evt.washboard.>", ({ type }) => events.push(type));
    expect(await configs.list({ expand: false })).toMatchObject({ response: [] });
    expect(await configs.put("words", { greeting: "hello" })).toMatchObject({ success: true });
    expect(await configs.get("words")).toMatchObject({ response: { greeting: "hello" } });
    expect(await configs.list({ expand: true })).toMatchObject({
      response: [{ name: "words", entries: { greeting: "hello" } }],
    });

    const scale = {
      host_id,
      component_ref: "hello:1.0.0",
      component_id: "by-hand",
      annotations: {},
      config: ["words"],
    };
    expect(await components.scale({ ...scale, max_instances: 2 })).toMatchObject({ success: true });
    await eventually(async () => {
      const { response } = await hosts.get(host_id);
      return response.components.some(
        ({ id, max_instances: count }) => id === "by-hand" && count === 2,
      );
    });
    const key = { source_id: "by-hand", wit_namespace: "wasi", wit_package: "keyvalue" };
    const link = { ...key, target: "store", interfaces: ["store"] };
    expect(await links.put(link)).toMatchObject({ success: true });
    expect(await links.list()).toMatchObject({ response: [{ ...link, name: "default" }] });
    expect(await links.delete(key)).toMatchObject({ success: true });
    expect(await links.list()).toMatchObject({ response: [] });
    expect(await components.scale({ ...scale, max_instances: 0 })).toMatchObject({ success: true });
    expect(await configs.delete("words")).toMatchObject({ success: true });
    expect(await configs.list({ expand: false })).toMatchObject({ response: [] });

    const told = [
      "config_set",
      "component_scaled",
      "linkdef_set",
      "linkdef_deleted",
      "config_deleted",
    ];
    await eventually(async () =>
      told.every((event) => events.includes(`com.wasmcloud.lattice.${event}`)),
    );
    const provider = { host_id, provider_ref: "x", provider_id: "y", annotations: {} };
    expect(await providers.start(provider)).toMatchObject({
      success: false,
      message: expect.stringContaining("platform's own"),
    });
    await client.instance.disconnect();
  });
});
