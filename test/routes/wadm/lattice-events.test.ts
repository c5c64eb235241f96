// What happens in a lattice, as its clients hear of it: CloudEvents on `wasmbus.evt.{lattice}.>`, each from a change that
// was really made.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { natsOf } from "#stores/objects.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { place, registerNode } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";
import { overControl, overNats } from "#test/builders/wadm.ts";
import type { Ask, Control } from "#test/builders/wadm.ts";

type CloudEvent = { type: string; source: string; data: Json };

const lattice = unique("lattice");
let developer: Client;
let ask: Control;
let models: Ask;
let node: string;
let region: string;

/** Of somebody who listens: what was heard of a kind since. */
async function listener(path: string, of = lattice) {
  const wire = await NatsWire.as((await user("Viewer")).token, {}, path);
  wire.send(`SUB wasmbus.evt.${of}.> 1\r\n`);
  await wire.flush();
  let text = "";
  const heard = async (event: string): Promise<CloudEvent[]> => {
    text += await wire.flush();
    const pattern = new RegExp(`MSG wasmbus\\.evt\\.${of}\\.${event} 1 \\d+\r\n(.*)\r\n`, "g");
    // What the test names is then asserted.
    return [...text.matchAll(pattern)].map(([, body = ""]) => JSON.parse(body) as CloudEvent);
  };
  const hears = (event: string, wanted: (told: CloudEvent) => boolean = () => true) =>
    eventually(
      () => heard(event),
      (events) => events.some(wanted),
    );
  return { heard, hears };
}

beforeAll(async () => {
  developer = await user("Developer");
  ask = await overControl(developer, lattice);
  models = await overNats(developer, lattice);
  const there = await place(1);
  ({ region } = there);
  node = there.nodes[0] ?? "";
});

test("configs and links that are put and deleted are told, at the root and at their lattice", async () => {
  const [root, own, other] = [
    await listener("/nats"),
    await listener(`/nats/${lattice}`),
    await listener("/nats", "elsewhere"),
  ];
  await ask("config.put.words", { a: "b" });
  const link = {
    source_id: "a",
    target: "b",
    wit_namespace: "wasi",
    wit_package: "keyvalue",
    interfaces: ["store"],
    target_config: ["words"],
  };
  await ask("link.put", link);
  await ask("link.put", link);
  await ask("link.del", link);
  await ask("config.del.words");
  for (const { heard, hears } of [root, own]) {
    await hears("config_deleted");
    expect(await heard("config_set")).toEqual([
      {
        specversion: "1.0",
        id: expect.any(String),
        source: "edgeloom",
        type: "com.wasmcloud.lattice.config_set",
        time: expect.any(String),
        datacontenttype: "application/json",
        data: { config_name: "words" },
      },
    ]);
    const { target_config: _, ...gone } = { ...link, name: "default" };
    expect((await heard("linkdef_set")).map(({ data }) => data)).toEqual([
      { ...link, name: "default", source_config: [] },
    ]);
    expect((await heard("linkdef_deleted")).map(({ data }) => data)).toEqual([gone]);
  }
  expect(await other.heard(".*")).toEqual([]);
});

test("a component that is scaled is told with how many instances its host has, and one that fails with why", async () => {
  const { heard, hears } = await listener("/nats");
  const image = (await module()).replace("-v", ":");
  const scale = (max_instances: number) =>
    ask(`component.scale.${node}`, {
      component_id: "told",
      component_ref: image,
      max_instances,
      annotations: { by: "hand" },
    });
  await scale(2);
  await hears("component_scaled", ({ data }) => data["max_instances"] === 2);
  await scale(0);
  await hears("component_scaled", ({ data }) => data["max_instances"] === 0);
  const [first] = await heard("component_scaled");
  expect(first).toMatchObject({
    source: node,
    data: { component_id: "told", host_id: node, image_ref: image, annotations: { by: "hand" } },
  });
  expect(await heard("component_scale_failed")).toEqual([]);

  const small = await registerNode({ region: unique("region"), maxModules: 1 });
  const host = small.body.nodeId;
  const fill = async (component_id: string) =>
    ask(`component.scale.${host}`, {
      component_id,
      component_ref: (await module()).replace("-v", ":"),
      max_instances: 1,
    });
  await fill("first");
  await hears("component_scaled", ({ source }) => source === host);
  await fill("second");
  await hears("component_scale_failed");
  const [failed] = await heard("component_scale_failed");
  expect(failed).toMatchObject({
    source: host,
    data: { component_id: "second", max_instances: 0, error: expect.stringContaining("module") },
  });
});

test("an application's links, configs and providers are told once when it is deployed, and when it goes", async () => {
  const { heard, hears } = await listener("/nats");
  const image = (await module()).replace("-v", ":");
  const manifest = `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: app }
spec:
  components:
    - name: web
      type: component
      properties: { image: "${image}" }
      traits:
        - type: spreadscaler
          properties: { instances: 1, spread: [{ name: here, requirements: { region: ${region} } }] }
        - type: link
          properties:
            target: { name: store, config: [{ name: bucket, properties: { bucket: x } }] }
            namespace: wasi
            package: keyvalue
            interfaces: [store]
    - name: store
      type: capability
      properties: { image: "ghcr.io/wasmcloud/keyvalue-nats:0.3.1" }
`;
  await models("put", null, manifest);
  await models("deploy", "app");
  await models("deploy", "app");
  const annotations = { "wasmcloud.dev/managed-by": "wadm", "wasmcloud.dev/appspec": "app" };
  const scaled = await hears("component_scaled", ({ data }) => data["component_id"] === "app-web");
  const web = scaled.find(({ data }) => data["component_id"] === "app-web");
  expect(web?.data).toMatchObject({ annotations, host_id: node, max_instances: 1 });
  await hears("provider_started", ({ data }) => data["host_id"] === node);
  const provider = { provider_id: "app-store", host_id: node, annotations };
  const started = (await heard("provider_started")).filter(({ source }) => source === node);
  const ref = "ghcr.io/wasmcloud/keyvalue-nats:0.3.1";
  expect(started.map(({ data }) => data)).toEqual([{ ...provider, image_ref: ref }]);
  expect((await heard("linkdef_set")).map(({ data }) => data)).toEqual([
    expect.objectContaining({ source_id: "app-web", target_config: ["bucket"] }),
  ]);
  expect(await heard("config_set")).toHaveLength(1);
  const { response } = await ask<{ providers: Json[] }>(`host.get.${node}`);
  expect(response.providers).toMatchObject([{ id: "app-store", image_ref: ref }]);

  await models("undeploy", "app", {});
  await hears("provider_stopped", ({ data }) => data["host_id"] === node);
  await hears("linkdef_deleted");
  await hears("config_deleted");
});

test("hosts are told as they start, stop and are labelled, to every lattice that somebody listens to", async () => {
  const silent = unique("lattice");
  const { hears } = await listener("/nats", silent);
  const { body } = await registerNode({ region: unique("region") });
  const { nodeId } = body;
  await hears("host_started", ({ data }) => data["host_id"] === nodeId);
  const by = await overControl(await admin(), lattice);
  await by(`label.put.${nodeId}`, { key: "disk", value: "ssd" });
  await hears("labels_changed", ({ data }) => JSON.stringify(data).includes('"disk":"ssd"'));
  await (await admin()).send("DELETE", `/api/v1/wasm/nodes/${nodeId}`);
  const stopped = await hears("host_stopped", ({ source }) => source === nodeId);
  expect(stopped.at(-1)?.data).toMatchObject({ host_id: nodeId, reason: "deleted" });
});

test("a host's heartbeat is told with what it holds, once it was there", async () => {
  const own = unique("lattice");
  const { heard } = await listener(`/nats/${own}`, own);
  const { body } = await registerNode({ region: unique("region") });
  await runDurableObjectAlarm(natsOf(env, own));
  const beats = async () =>
    (await heard("host_heartbeat")).filter(({ source }) => source === body.nodeId);
  expect((await beats()).map(({ data }) => data)).toEqual([
    expect.objectContaining({ host_id: body.nodeId, components: [], providers: [] }),
  ]);
  await runDurableObjectAlarm(natsOf(env, own));
  expect(await beats()).toHaveLength(1);
});

test("who listens hears on after an eviction of the lattice's object", async () => {
  const own = unique("lattice");
  const { hears } = await listener(`/nats/${own}`, own);
  await evictDurableObject(natsOf(env, own));
  const by = await overControl(developer, own);
  await by("config.put.words", {});
  const told = await hears("config_set");
  expect(told).toHaveLength(1);
});
