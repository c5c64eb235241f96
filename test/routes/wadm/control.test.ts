// The control interface over NATS: hosts, labels, configs, links and components, from what is there and to what runs.
import { beforeAll, describe, expect, test } from "vitest";
import type { Client } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { ledgerEntries } from "#test/builders/ledger.ts";
import { module } from "#test/builders/modules.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";
import { overControl, overNats } from "#test/builders/wadm.ts";
import type { Control } from "#test/builders/wadm.ts";

type Inventory = {
  labels: Record<string, string>;
};

const DONE = { success: true, message: "" };
const lattice = unique("lattice");
let developer: Client;
let ask: Control;
let nodes: string[];

const controlOf = (client: Client) => overControl(client, lattice);

beforeAll(async () => {
  developer = await user("Developer");
  ask = await controlOf(developer);
  ({ nodes } = await place(2));
});

const one = () => nodes[0] ?? "";

describe("hosts", () => {
  test("are told all together, and one with what it has", async () => {
    const { success, response } = await ask<{ id: string; lattice: string }[]>("host.get");
    expect(success).toBe(true);
    expect(response).toContainEqual(expect.objectContaining({ id: one(), lattice }));
    expect((await ask(`host.get.${one()}`)).response).toEqual({
      host_id: one(),
      friendly_name: one(),
      labels: { region: expect.any(String) },
      version: expect.any(String),
      uptime_human: expect.stringMatching(/^\d+[smhd]/),
      uptime_seconds: expect.any(Number),
      components: [],
      providers: [],
    });
    expect(await ask("host.get.nobody")).toEqual({
      success: false,
      message: "No host nobody is alive in this lattice.",
    });
  });

  test("answer a ping each for itself", async () => {
    const wire = await NatsWire.as(developer.token);
    wire.send("SUB _INBOX.me.* 1\r\n");
    wire.publish(`wasmbus.ctl.v1.${lattice}.host.ping`, "", "_INBOX.me.ping");
    let heard = "";
    await eventually(
      async () => (heard += await wire.flush()),
      (text) => nodes.every((id) => text.includes(`"id":"${id}"`)),
    );
    expect(heard).toMatch(/^MSG _INBOX\.me\.ping 1 /);
  });

  test("are labelled by an Admin alone, but not with what is the host's own", async () => {
    expect(await ask<Inventory>(`host.get.${one()}`)).not.toHaveProperty("response.labels.disk");
    const by = await controlOf(await admin());
    const disk = { key: "disk", value: "ssd" };
    expect(await by(`label.put.${one()}`, disk)).toEqual(DONE);
    expect(await by(`label.put.${one()}`, { key: "a.b/c", value: "d" })).toEqual(DONE);
    const labels = async () => (await ask<Inventory>(`host.get.${one()}`)).response.labels;
    expect(await labels()).toMatchObject({ disk: "ssd", "a.b/c": "d" });
    expect(await by(`label.del.${one()}`, { key: "disk" })).toEqual(DONE);
    expect(await labels()).not.toHaveProperty("disk");
    const own = { key: "hostcore.os", value: "x" };
    expect(await by(`label.put.${one()}`, own)).toMatchObject({
      success: false,
      message: expect.stringContaining("the host's own"),
    });
    expect(await by("label.put.nobody", disk)).toMatchObject({ success: false });
    const wire = await NatsWire.as(developer.token);
    wire.publish(`wasmbus.ctl.v1.${lattice}.label.put.${one()}`, "{}", "_INBOX.me.1");
    expect(await wire.flush()).toContain("Permissions Violation for Publish");
  });
});

describe("configs", () => {
  test("are put, got and deleted; what isn't there is told", async () => {
    expect(await ask("config.put.words", { greeting: "hello" })).toEqual(DONE);
    expect(await ask("config.get.words")).toEqual({ ...DONE, response: { greeting: "hello" } });
    expect(await ask("config.del.words")).toEqual(DONE);
    const gone = { success: true, message: "No config words is there" };
    expect(await ask("config.get.words")).toEqual(gone);
    expect(await ask("config.del.words")).toMatchObject({ success: true });
  });

  test("that don't fit are refused with where", async () => {
    expect(await ask("config.put.words", { greeting: 1 })).toMatchObject({
      success: false,
      message: expect.stringContaining("greeting"),
    });
    expect(await ask("config.put.a%b", {})).toMatchObject({ success: false });
  });

  test("that a manifest wrote are its own to change", async () => {
    const put = await overNats(developer, lattice);
    const image = (await module()).replace("-v", ":");
    await put(
      "put",
      null,
      `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: written }
spec:
  components:
    - name: web
      type: component
      properties: { image: "${image}", config: [{ name: own, properties: { a: b } }] }
`,
    );
    await put("deploy", "written");
    expect(await ask("config.get.own")).toMatchObject({ response: { a: "b" } });
    for (const what of ["config.put.own", "config.del.own"]) {
      expect(await ask(what, {})).toEqual({
        success: false,
        message: "The config own is the application written's: change its manifest.",
      });
    }
    const scale = { component_id: "written-web", component_ref: image, max_instances: 3 };
    expect(await ask(`component.scale.${one()}`, scale)).toMatchObject({
      success: false,
      message: expect.stringContaining(`is the application "written"'s: change its manifest.`),
    });
    await put("del", "written");
  });
});

test("a link that can't be had is refused with the reason, and not kept", async () => {
  const link = {
    source_id: "a",
    target: "b",
    wit_namespace: "wasi",
    wit_package: "sockets",
    interfaces: ["tcp"],
  };
  expect(await ask("link.put", link)).toEqual({
    success: false,
    message: "No capability here offers wasi:sockets/tcp.",
  });
  const named = { ...link, wit_package: "keyvalue", interfaces: ["store"], source_config: ["no"] };
  expect(await ask("link.put", named)).toMatchObject({
    message: expect.stringContaining("The config no is not there"),
  });
  const { response } = await ask<{ source_id: string }[]>("link.get");
  expect(response.filter(({ source_id }) => source_id === "a")).toEqual([]);
});

test.each([
  ["provider.start", "Capability providers are the platform's own"],
  ["provider.stop.someone", "Capability providers are the platform's own"],
  ["host.stop.someone", "A host is a node"],
  ["sing", "Unsupported subject"],
])("%s is refused in the envelope", async (subject, told) => {
  expect(await ask(subject, {})).toEqual({
    success: false,
    message: expect.stringContaining(told),
  });
});

test("a Viewer reads and changes nothing", async () => {
  const viewer = await user("Viewer");
  const read = await controlOf(viewer);
  expect(await read("host.get")).toMatchObject({ success: true });
  expect(await read("link.get")).toMatchObject({ success: true });
  const wire = await NatsWire.as(viewer.token);
  wire.publish(`wasmbus.ctl.v1.${lattice}.config.put.x`, "{}", "_INBOX.me.1");
  expect(await wire.flush()).toContain("Permissions Violation for Publish");
});

test("a change is in the ledger, done or refused", async () => {
  await ask("config.put.recorded", { a: "b" });
  await ask("config.put.recorded", { a: 1 });
  const entries = (await ledgerEntries()).filter(
    ({ actor, evidence }) =>
      actor === developer.username && JSON.stringify(evidence).includes("recorded"),
  );
  expect(entries.map(({ action, resource, result }) => [action, resource, result])).toEqual([
    ["lattice:change", `lattices:${lattice}`, "success"],
    ["lattice:change", `lattices:${lattice}`, "failure"],
  ]);
});

test("a rule that denies holds over NATS too, for models and for the lattice", async () => {
  const by = await admin();
  const rules = [
    { effect: "Deny", resource: `lattices:${lattice}`, action: ["lattice:change"] },
    { effect: "Deny", resource: "models:forbidden", action: ["model:*"] },
  ];
  const policy = { name: unique("policy"), version: "1.0.0", rules };
  const { status, body } = await by.post<{ data: { id: string } }>("/policies", policy);
  expect(status).toBe(200);
  await eventually(
    () => ask("config.put.denied", {}),
    ({ success, message }) => !success && message.includes(policy.name),
  );
  const models = await overNats(developer, lattice);
  expect(await models("get", "forbidden")).toMatchObject({ result: "error" });
  expect(await models("get", "allowed")).toMatchObject({ result: "notfound" });
  await by.send("DELETE", `/policies/${body.data.id}`);
});
