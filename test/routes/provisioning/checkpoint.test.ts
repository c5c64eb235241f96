// What a checkpoint holds beside machines: configuration, policies, models and apps, each brought back by its own way in.
import { expect, test } from "vitest";
import { APPS, appOf, registerApp, send, specOf, image } from "#test/builders/apps.ts";
import type { Json } from "#test/builders/client.ts";
import { operator } from "#test/builders/runs.ts";
import type { Enveloped } from "#test/builders/runs.ts";
import { TRANSPORTS } from "#test/builders/wadm.ts";
import { unique } from "#test/builders/users.ts";

type Told = { readonly section: string; readonly key: string; readonly verb: string };

async function take(): Promise<string> {
  const json = { name: "before", description: "" };
  const { body } = await send<Enveloped<string>>("POST", "/rollback/checkpoints", { json });
  return body.data;
}

/** What going back would change. */
async function pending(id: string): Promise<string[]> {
  const path = `/rollback/restore/${id}?dry_run=true`;
  const { body } = await (await operator()).post<Enveloped<Told[]>>(path, {});
  return body.data.map(({ section, key, verb }) => `${verb} ${section} ${key}`);
}

async function restore(id: string): Promise<void> {
  const answer = await (await operator()).post(`/rollback/restore/${id}`, {});
  expect([answer.status, answer.body]).toMatchObject([200, { success: true }]);
  expect(await pending(id)).toEqual([]);
}

function rule(resource: string) {
  return { effect: "Deny", resource, action: ["module:delete"] };
}

async function policy(name: string, resource: string): Promise<string> {
  const json = { name, version: "1.0.0", rules: [rule(resource)] };
  const { body } = await send<Enveloped<{ id: string }>>("POST", "/policies", { json });
  return body.data.id;
}

test("policies come back as they were, and under their ids; new ones go", async () => {
  const [kept, changed, lost, added] = ["kept", "changed", "lost", "added"].map(unique);
  await policy(String(kept), "modules:a");
  const changing = await policy(String(changed), "modules:a");
  const losing = await policy(String(lost), "modules:a");
  const id = await take();
  await send("PUT", `/policies/${changing}`, { json: { rules: [rule("modules:b")] } });
  await send("DELETE", `/policies/${losing}`);
  await policy(String(added), "modules:a");
  expect(await pending(id)).toEqual([
    `change policies ${changed}`,
    `add policies ${lost}`,
    `remove policies ${added}`,
  ]);
  await restore(id);
  const { body } = await send<Enveloped<Json[]>>("GET", "/policies");
  expect(body.data).toContainEqual(expect.objectContaining({ id: losing, name: lost }));
  expect(JSON.stringify(body.data)).not.toContain(added);
});

test("the configuration comes back as it was", async () => {
  const id = await take();
  await send("PUT", "/api/v1/config", { json: { retention: { events_days: 3 } } });
  expect(await pending(id)).toEqual(["change config config"]);
  await restore(id);
});

test.each(TRANSPORTS.slice(1))(
  "a model comes back with its versions, and what was deployed of it",
  async ({ open }) => {
    const { lattice, ask } = await open();
    const name = unique("model");
    const manifest = (version: string) => ({
      apiVersion: "core.oam.dev/v1beta1",
      kind: "Application",
      metadata: { name, annotations: { version, description: "kept" } },
      spec: {
        components: [{ name: "one", type: "component", properties: { image: "none:1.0.0" } }],
      },
    });
    await ask("put", null, manifest("1"));
    await ask("put", null, manifest("2"));
    await ask("deploy", name, { version: "1" });
    const id = await take();
    await ask("put", null, manifest("3"));
    await ask("deploy", name, { version: "3" });
    await ask("del", name, { version: "1" });
    expect(await pending(id)).toEqual([`change models ${lattice}/${name}`]);
    await restore(id);
    const versions = async () => ask<Json[]>("versions", name);
    expect(await versions()).toEqual([
      { version: "1", deployed: true },
      { version: "2", deployed: false },
    ]);
    await ask("del", name, { delete_all: true });
    expect(await pending(id)).toEqual([`add models ${lattice}/${name}`]);
    await restore(id);
    expect(await versions()).toHaveLength(2);
  },
);

test("an app comes back with its spec and its policy, and one that is new goes", async () => {
  const [changed, lost] = [await registerApp(), await registerApp()];
  const policyOf = async (name: string) => (await send("GET", `${APPS}/${name}/scaling`)).body;
  const before = await policyOf(changed);
  const id = await take();
  const json = specOf(changed, await image("2.0.0"), { metadata: { name: changed, labels: {} } });
  expect((await send("PUT", `${APPS}/${changed}/spec`, { json })).status).toBe(200);
  await send("PUT", `${APPS}/${changed}/scaling`, { json: { max_replicas: 9 } });
  await send("DELETE", `${APPS}/${lost}`);
  const added = await registerApp();
  expect(await pending(id)).toEqual([
    `change apps ${changed}`,
    `add apps ${lost}`,
    `remove apps ${added}`,
  ]);
  await restore(id);
  expect(await policyOf(changed)).toEqual(before);
  expect((await appOf(lost)).status).toBe("registered");
  expect((await send("GET", `${APPS}/${added}`)).status).toBe(404);
});
