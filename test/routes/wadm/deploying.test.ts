// Every example of the 004 document of deploying models, over both of its transports.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweepModels } from "#control/models.ts";
import { listWorkloads } from "#control/workloads.ts";
import type { Json } from "#test/builders/client.ts";
import { component, manifest } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import { latticeOf } from "#stores/objects.ts";
import { TRANSPORTS, becomes, overNats } from "#test/builders/wadm.ts";
import type { Ask, Status } from "#test/builders/wadm.ts";
import { ECHO } from "#test/domain/oam/manifests.ts";
import sound from "#test/fixtures/sound.wat";

type Given = Partial<Parameters<typeof component>[1]>;

describe.each(TRANSPORTS)("over $name", ({ open }) => {
  let ask: Ask;
  let lattice: string;
  let app: (version: string, given?: Given) => string;
  beforeAll(async () => {
    ({ ask, lattice } = await open());
    const { region } = await place(1);
    const image = await module();
    app = (version, given = {}) => {
      const of = { image, region, config: { GREETING: "hello" }, ...given };
      return manifest([component("web", of)], { version });
    };
  });
  const status = () => ask<Status>("status", "app");
  const until = (type: string) => becomes(ask, "app", type);
  const workloads = async () =>
    (await listWorkloads(env, { namespace: lattice, limit: 10, offset: 0 })).workloads;

  test("a model is deployed in its newest version, and deployed again is deployed still", async () => {
    await ask("put", null, app("1.0"));
    expect(await status()).toMatchObject({ version: "1.0", status: { type: "undeployed" } });
    for (const body of ["", { version: "latest" }]) {
      expect(await ask("deploy", "app", body)).toEqual({
        result: "acknowledged",
        message: "Deployed model app in version 1.0",
      });
    }
    const deployed = { type: "deployed", message: "" };
    const traits = [{ name: "web", type: "spreadscaler", status: deployed }];
    const components = [{ name: "web", type: "component", status: deployed, traits }];
    expect(await until("deployed")).toEqual({
      result: "ok",
      message: "Fetched status of version 1.0",
      version: "1.0",
      components,
      status: {
        ...deployed,
        version: "1.0",
        status: deployed,
        components,
        scalers: [
          { id: "app-web-spreadscaler-0", kind: "SpreadScaler", name: "web", status: deployed },
        ],
      },
    });
    expect((await workloads()).map(({ workload }) => workload)).toMatchObject([
      { name: "app-web", owner: "wadm", config: { GREETING: "hello" } },
    ]);
    expect((await ask<Json[]>("list")).find(({ name }) => name === "app")).toMatchObject({
      deployed_version: "1.0",
      status: "deployed",
    });
  });

  test("another version takes the place of the one that runs", async () => {
    const [before] = await workloads();
    await ask("put", null, app("1.1", { instances: 2 }));
    await ask("deploy", "app", { version: "1.1" });
    expect(await until("deployed")).toMatchObject({ version: "1.1" });
    const [after] = await workloads();
    expect(after?.workload).toMatchObject({ id: before?.workload.id, kind: { replicas: 2 } });
  });

  test("a spread that no node satisfies fails in the first status, with its reason", async () => {
    await ask("put", null, app("1.2", { region: "nowhere" }));
    await ask("deploy", "app");
    expect(await status()).toMatchObject({
      status: {
        type: "failed",
        message: expect.stringContaining("Could not satisfy spread here"),
      },
    });
  });

  test("spreads that take in the same nodes fail in the first status, and do not go round", async () => {
    const spread = /\{"name":"here"(.*?\}\})/.exec(app("1.2.1"))?.[0] ?? "";
    const both = app("1.2.1").replace(spread, `${spread},${spread.replace("here", "also")}`);
    await ask("put", null, both);
    await ask("deploy", "app");
    const conflict = expect.stringContaining("Spread requirement conflict: every node of here");
    expect(await status()).toMatchObject({ status: { type: "failed", message: conflict } });
    const [before] = await workloads();
    await sweepModels(env);
    await latticeOf(env, lattice).wake();
    const [after] = await workloads();
    expect(after?.resourceVersion).toBe(before?.resourceVersion);
    expect(await status()).toMatchObject({ status: { type: "failed", message: conflict } });
  });

  test("not destructively undeployed, it goes on, and deployed again it is taken over", async () => {
    await ask("deploy", "app", { version: "1.1" });
    await until("deployed");
    const [before] = await workloads();
    expect(await ask("undeploy", "app", { non_destructive: true })).toMatchObject({
      result: "acknowledged",
    });
    expect(await status()).toMatchObject({ status: { type: "undeployed" } });
    expect(await workloads()).toMatchObject([{ status: { phase: "running", current: 2 } }]);
    await ask("deploy", "app", { version: "1.1" });
    await until("deployed");
    expect((await workloads()).map(({ workload }) => workload.id)).toEqual([before?.workload.id]);
  });

  test("not destructively deleted, it goes on without its version, and another takes it over", async () => {
    const [before] = await workloads();
    const version = { version: "1.1", non_destructive: true };
    expect(await ask("del", "app", version)).toMatchObject({ result: "deleted", undeploy: true });
    expect(await ask("get", "app", { version: "1.1" })).toMatchObject({ result: "notfound" });
    expect(await status()).toMatchObject({ status: { type: "undeployed" } });
    expect(await workloads()).toMatchObject([
      { workload: { id: before?.workload.id }, status: { phase: "running", current: 2 } },
    ]);
    await ask("put", null, app("1.1", { instances: 2 }));
    await ask("deploy", "app", { version: "1.1" });
    await until("deployed");
    expect((await workloads()).map(({ workload }) => workload.id)).toEqual([before?.workload.id]);
  });

  test("undeployed, nothing of it is left; once more, it succeeds too", async () => {
    expect(await ask("undeploy", "app")).toEqual({
      result: "acknowledged",
      message: "Undeployed model",
    });
    expect(await workloads()).toEqual([]);
    expect(await ask("undeploy", "app")).toEqual({
      result: "acknowledged",
      message: "Model app was not deployed",
    });
  });

  test("deleting the version that is deployed undeploys it, and deleting another doesn't", async () => {
    await ask("deploy", "app", { version: "1.1" });
    expect(await ask("del", "app", { version: "1.2" })).toMatchObject({ undeploy: false });
    expect(await workloads()).toHaveLength(1);
    expect(await ask("del", "app", { version: "1.1" })).toEqual({
      result: "deleted",
      undeploy: true,
      message: "Model version 1.1 deleted",
    });
    expect(await workloads()).toEqual([]);
    await ask("del", "app");
  });

  test("an image that is not there fails with its name, and the sweep finds it when it is", async () => {
    const name = unique("module");
    const text = app("1.0", { image: `${name}:1.0.0` });
    await ask("put", null, text);
    expect(await ask("deploy", "app")).toMatchObject({ result: "acknowledged" });
    expect(await status()).toMatchObject({
      status: { type: "failed", message: expect.stringContaining(name) },
    });
    await module(sound, { name });
    await sweepModels(env);
    await until("deployed");
    await ask("del", "app", { delete_all: true });
    expect(await workloads()).toEqual([]);
  });

  test("a capability that is not offered fails with its name", async () => {
    await ask("put", null, ECHO.replace("wasmcloud:httpserver", "wasmcloud:sql"));
    await ask("deploy", "echo");
    const told = await ask<Status>("status", "echo");
    expect(told.components.map(({ name, status }) => [name, status.type])).toEqual([
      ["echo", "failed"],
      ["httpserver", "failed"],
    ]);
    expect(told.status.message).toContain("The capability httpserver (wasmcloud:sql)");
    await ask("undeploy", "echo");
  });

  test.each(["deploy", "undeploy", "status"])(
    "%s of an unknown model is notfound",
    async (word) => {
      expect(await ask(word, "nobody")).toMatchObject({ result: "notfound" });
      if (word !== "deploy") return;
      expect(await ask(word, "echo", { version: "7" })).toMatchObject({ result: "notfound" });
    },
  );
});

test("what is deployed and undeployed is told as events, once each, wherever its lattice is heard", async () => {
  const developer = await user("Developer");
  const lattice = unique("lattice");
  const ask = await overNats(developer, lattice);
  const listeners = await Promise.all(
    ["/nats", `/nats/${lattice}`].map(async (path) => {
      const wire = await NatsWire.as(developer.token, {}, path);
      wire.send(`SUB wadm.evt.${lattice}.> 9\r\n`);
      await wire.flush();
      return wire;
    }),
  );
  await ask("put", null, ECHO);
  for (const operation of ["deploy", "deploy", "undeploy", "undeploy"])
    await ask(operation, "echo");
  for (const wire of listeners) {
    const heard = await wire.until('"com.wadm.manifest_unpublished"');
    expect(heard.match(/com\.wadm\.manifest_\w+/g)).toEqual([
      "com.wadm.manifest_published",
      "com.wadm.manifest_unpublished",
    ]);
  }
});
