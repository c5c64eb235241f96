// Components that are scaled by hand over the control interface, with the configs and links that are put for them.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { listWorkloads } from "#control/workloads.ts";
import { ORIGIN } from "#test/builders/client.ts";
import type { Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import { overControl } from "#test/builders/wadm.ts";
import type { Control } from "#test/builders/wadm.ts";
import { counter } from "#test/examples/bytes.ts";

type Inventory = { components: { id: string; image_ref: string; max_instances: number }[] };

const DONE = { success: true, message: "" };
const lattice = unique("lattice");
let ask: Control;
let nodes: string[];

beforeAll(async () => {
  ask = await overControl(await user("Developer"), lattice);
  ({ nodes } = await place(2));
});

const [one, two] = [() => nodes[0] ?? "", () => nodes[1] ?? ""];
const componentsOn = async (host: string) =>
  (await ask<Inventory>(`host.get.${host}`)).response.components;
const runs = (host: string, id: string, instances: number) =>
  eventually(
    () => componentsOn(host),
    (told) => (told.find((found) => found.id === id)?.max_instances ?? 0) === instances,
  );

describe("a component", () => {
  test("is scaled on each host for itself, and goes when no host has any", async () => {
    const image = (await module()).replace("-v", ":");
    const scale = (host: string, max_instances: number, component_ref = image) =>
      ask(`component.scale.${host}`, {
        host_id: host,
        component_id: "scaled",
        component_ref,
        max_instances,
        annotations: { by: "hand" },
      });
    expect(await scale(one(), 2)).toEqual(DONE);
    await runs(one(), "scaled", 2);
    expect(await scale(two(), 1)).toEqual(DONE);
    await runs(two(), "scaled", 1);
    expect(await componentsOn(one())).toEqual([
      {
        id: "scaled",
        name: "scaled",
        image_ref: image,
        annotations: { by: "hand" },
        revision: 2,
        max_instances: 2,
      },
    ]);
    const { workloads } = await listWorkloads(env, { namespace: lattice, limit: 5, offset: 0 });
    expect(workloads.map(({ workload }) => workload.kind)).toEqual([
      { type: "deployment", replicas: 3 },
    ]);
    expect(await scale(one(), 0)).toEqual(DONE);
    await runs(one(), "scaled", 0);
    await runs(two(), "scaled", 1);
    const other = (await module()).replace("-v", ":");
    expect(await scale(two(), 1, other)).toMatchObject({
      success: false,
      message: expect.stringContaining(`runs ${image}, not ${other}: update it`),
    });
    const update = { component_id: "scaled", new_component_ref: other };
    expect(await ask(`component.update.${one()}`, update)).toMatchObject({
      success: false,
      message: `Component scaled doesn't run on host ${one()}.`,
    });
    expect(await ask(`component.update.${two()}`, update)).toEqual(DONE);
    await eventually(
      () => componentsOn(two()),
      (told) => told.length === 1 && told[0]?.image_ref === other,
    );
    expect(await scale(two(), 0, other)).toEqual(DONE);
    await runs(two(), "scaled", 0);
    const left = await listWorkloads(env, { namespace: lattice, limit: 5, offset: 0 });
    expect(left.workloads).toEqual([]);
  });

  test("gets its configs, and what its links lead to, whichever came first", async () => {
    const image = (await module(counter)).replace("-v", ":");
    const component = { component_id: "visits", component_ref: image, max_instances: 1 };
    const scale = { ...component, config: ["words"] };
    expect(await ask(`component.scale.${one()}`, scale)).toMatchObject({
      success: false,
      message: expect.stringContaining("The config words is not there"),
    });
    await ask("config.put.words", { greeting: "Visits" });
    expect(await ask(`component.scale.${one()}`, scale)).toEqual(DONE);
    await ask("config.put.address", { address: "0.0.0.0:8123" });
    const http = { wit_namespace: "wasi", wit_package: "http", interfaces: ["incoming-handler"] };
    const served = { ...http, source_id: "server", target: "visits", source_config: ["address"] };
    expect(await ask("link.put", served)).toEqual(DONE);
    const keyvalue = {
      source_id: "visits",
      target: "store",
      wit_namespace: "wasi",
      wit_package: "keyvalue",
      interfaces: ["store", "atomics"],
    };
    expect(await ask("link.put", keyvalue)).toEqual(DONE);
    expect((await ask<Json[]>("link.get")).response).toEqual([
      { ...served, name: "default", target_config: [] },
      { ...keyvalue, name: "default", source_config: [], target_config: [] },
    ]);
    const visit = async (port: number) => {
      const headers = { "CF-Connecting-IP": unique("address") };
      const url = `${ORIGIN}/run/${lattice}:${port}/`;
      const response = await exports.default.fetch(new Request(url, { headers }));
      return `${response.status} ${await response.text()}`;
    };
    await eventually(
      () => visit(8123),
      (text) => /^200 Visits\D*\d/.test(text),
    );

    // Both follow a change of what they name.
    await ask("config.put.words", { greeting: "Calls" });
    await ask("config.put.address", { address: "0.0.0.0:8124" });
    await eventually(
      () => visit(8124),
      (text) => /^200 Calls\D*\d/.test(text),
    );
    const taken = { ...served, source_id: "other", target: "elsewhere" };
    expect(await ask("link.put", taken)).toEqual({
      success: false,
      message: "Port 8124 of the lattice leads to visits already.",
    });
    const { source_id, wit_namespace, wit_package } = served;
    expect(await ask("link.del", { source_id, wit_namespace, wit_package })).toEqual(DONE);
    expect((await ask<Json[]>("link.get")).response).toHaveLength(1);
    expect(await ask("link.del", { source_id, wit_namespace, wit_package })).toMatchObject({
      message: "No link default of server was there",
    });
    await ask(`component.scale.${one()}`, { ...component, max_instances: 0 });
  });

  test.each([
    ["component.scale", { component_id: "a b", component_ref: "x" }, "component_id"],
    ["component.scale", { component_id: "a", component_ref: "x", host_id: "other" }, "the body"],
    ["component.scale", { component_id: "a", component_ref: "nothing:1.0.0" }, "nothing"],
    ["component.scale", { component_id: "a", max_instances: -1 }, "max_instances"],
  ])("that doesn't fit is refused: %s %j", async (what, body, told) => {
    expect(await ask(`${what}.${one()}`, body)).toMatchObject({
      success: false,
      message: expect.stringContaining(told),
    });
  });
});
