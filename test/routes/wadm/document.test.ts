// Every example of the 004 document of storing models, over both of its transports.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { putModel } from "#control/models.ts";
import { nobody } from "#test/builders/client.ts";
import type { Json } from "#test/builders/client.ts";
import { ledgerEntries } from "#test/builders/ledger.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { unique, user } from "#test/builders/users.ts";
import { TRANSPORTS, overNats } from "#test/builders/wadm.ts";
import type { Ask } from "#test/builders/wadm.ts";
import { ECHO } from "#test/domain/oam/manifests.ts";
import { expectRecorded } from "#test/builders/recorded.ts";

const version = (number: string) =>
  ECHO.replace("name: echo", "name: foobar")
    .replace("v0.0.1", `"${number}"`)
    .replace("This is my app", "My cool model");

describe.each(TRANSPORTS)("over $name", ({ name, open }) => {
  let ask: Ask;
  let lattice: string;
  beforeAll(async () => {
    ({ ask, lattice } = await open());
  });

  test("a model is stored, then versions of it, and none twice", async () => {
    expect(await ask("put", null, version("1.0"))).toEqual({
      result: "created",
      total_versions: 1,
      current_version: "1.0",
      message: "Successfully put manifest",
      name: "foobar",
    });
    expect(await ask("put", null, version("0.9"))).toMatchObject({
      result: "newversion",
      total_versions: 2,
      current_version: "0.9",
    });
    expect(await ask("put", null, version("1.0"))).toEqual({
      result: "error",
      message: "Manifest version 1.0 already exists",
    });
    expect(await ask("put", null, version("latest"))).toMatchObject({
      result: "error",
      message: expect.stringContaining("metadata.annotations.version: latest stands for"),
    });
  });

  test("a version that the manifest doesn't name is made", async () => {
    const text = ECHO.replace("    version: v0.0.1\n", "").replace("name: echo", "name: nameless");
    const { current_version: made } = await ask("put", null, text);
    expect(made).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(await ask("get", "nameless")).toMatchObject({
      manifest: { metadata: { annotations: { version: made } } },
    });
    await ask("del", "nameless");
  });

  test.each(["list", "get"])("models are listed by %s with their newest version", async (word) => {
    expect(await ask(word)).toEqual([
      {
        name: "foobar",
        version: "0.9",
        description: "My cool model",
        deployed_version: null,
        status: "undeployed",
      },
    ]);
  });

  test("a manifest is got as it was put: the newest, or the version that is named", async () => {
    await ask("put", null, ECHO);
    expect(await ask("get", "echo")).toEqual({
      result: "success",
      message: "Fetched model echo",
      manifest: {
        apiVersion: "core.oam.dev/v1beta1",
        kind: "Application",
        metadata: {
          name: "echo",
          annotations: { description: "This is my app", version: "v0.0.1" },
        },
        spec: {
          components: [
            {
              name: "echo",
              type: "actor",
              properties: { image: "wasmcloud.azurecr.io/echo:0.3.7" },
              traits: [
                { type: "spreadscaler", properties: { replicas: 1, spread: [] } },
                {
                  type: "linkdef",
                  properties: { target: "httpserver", values: { address: "0.0.0.0:8080" } },
                },
              ],
            },
            {
              name: "httpserver",
              type: "capability",
              properties: {
                image: "wasmcloud.azurecr.io/httpserver:0.19.1",
                contract: "wasmcloud:httpserver",
              },
              traits: [{ type: "spreadscaler", properties: { replicas: 1, spread: [] } }],
            },
          ],
        },
      },
    });
    const versionOf = async (version: string) =>
      (await ask<{ manifest: { metadata: { annotations: Json } } }>("get", "foobar", { version }))
        .manifest.metadata.annotations["version"];
    expect(await versionOf("1.0")).toBe("1.0");
    expect(await versionOf("latest")).toBe("0.9");
  });

  test("versions are listed in the order in which they came", async () => {
    const versions = [
      { version: "1.0", deployed: false },
      { version: "0.9", deployed: false },
    ];
    expect(await ask("versions", "foobar")).toEqual(
      name === "HTTP" ? versions : { result: "success", message: expect.any(String), versions },
    );
  });

  test.each(["get", "versions"])(
    "%s of a model that isn't there is notfound",
    async (operation) => {
      expect(await ask(operation, "nobody")).toEqual({
        result: "notfound",
        message: "Model with the name nobody not found",
      });
    },
  );

  test("get of a version that isn't there is notfound", async () => {
    expect(await ask("get", "foobar", { version: "7" })).toMatchObject({ result: "notfound" });
  });

  test("a version is deleted, then all of them; what isn't there is nothing to do", async () => {
    const one = { version: "1.0", delete_all: false };
    expect(await ask("del", "foobar", one)).toEqual({
      result: "deleted",
      undeploy: false,
      message: "Model version 1.0 deleted",
    });
    expect(await ask("del", "foobar", one)).toMatchObject({ result: "noop", undeploy: false });
    await ask("put", null, version("1.1"));
    expect(await ask("del", "foobar", { delete_all: true })).toMatchObject({ result: "deleted" });
    expect(await ask("versions", "foobar")).toMatchObject({ result: "notfound" });
  });

  test("a body that doesn't fit is an error that tells where", async () => {
    expect(await ask("del", "echo", { delete_all: "yes" })).toMatchObject({
      result: "error",
      message: expect.stringContaining("delete_all"),
    });
    expect(await ask("get", "echo", "{")).toMatchObject({ result: "error" });
  });

  test("lattices are apart, and so are accounts", async () => {
    const tenant = await overNats(await user("Developer"), lattice, "acme.");
    expect(await tenant("list")).toEqual([]);
    await tenant("put", null, ECHO);
    expect(await tenant("list")).toHaveLength(1);
    expect(await ask("list")).toHaveLength(1);
    await tenant("del", "echo");
    expect(await ask("list")).toHaveLength(1);
  });
});

test.each([
  ["list.echo", "Invalid subject"],
  ["get.echo.more", "Invalid subject"],
  ["del", "Unsupported subject"],
  ["sing.echo", "Unsupported subject"],
  ["history.echo", "History is not supported"],
])("the subject model.%s is an error", async (operation, told) => {
  const ask = await overNats(await user("Developer"), "default");
  expect(await ask(operation)).toMatchObject({
    result: "error",
    message: expect.stringContaining(told),
  });
});

describe("a Content-Type", () => {
  const manifest = (name: string) => ({
    apiVersion: "core.oam.dev/v1beta1",
    kind: "Application",
    metadata: { name },
    spec: { components: [{ name: "a", type: "component", properties: { image: "a:1.0.0" } }] },
  });
  const yaml = "# a comment is YAML, and no JSON\n";
  const given = [
    ["application/json", JSON.stringify(manifest("json")), "created"],
    ["application/yaml", `${yaml}${JSON.stringify(manifest("yaml"))}`, "created"],
    ["application/json", `${yaml}${JSON.stringify(manifest("other"))}`, "error"],
  ] as const;

  test.each(given)("%s says how a manifest is written, over NATS", async (type, body, result) => {
    const wire = await NatsWire.as((await user("Developer")).token);
    const headers = `NATS/1.0\r\nContent-Type: ${type}\r\n\r\n`;
    const sizes = `${headers.length} ${headers.length + body.length}`;
    wire.send("SUB _INBOX.me.* 1\r\n");
    wire.send(`HPUB wadm.api.typed.model.put _INBOX.me.1 ${sizes}\r\n${headers}${body}\r\n`);
    await wire.until("MSG _INBOX.me.1 1 ");
    await wire.until("\r\n");
    expect(JSON.parse(await wire.until("\r\n"))).toMatchObject({ result });
  });

  test.each(given)("%s says how a manifest is written, over HTTP", async (type, body, result) => {
    const path = "/wadm/api/typed-too/model/put";
    const headers = { "Content-Type": type };
    const answer = await (await user("Developer")).send("POST", path, { body, headers });
    expect(answer.body).toMatchObject({ result });
  });
});

test("a changed model is in the ledger, whichever way it came", async () => {
  const developer = await user("Developer");
  const ask = await overNats(developer, "recorded");
  await ask("put", null, ECHO);
  expect(await ask("put", null, ECHO)).toMatchObject({ result: "error" });
  const entries = (await ledgerEntries()).filter(
    ({ actor, action }) => actor === developer.username && action.startsWith("model:"),
  );
  expect(entries.map(({ action, result }) => `${action} ${result}`)).toEqual([
    "model:put success",
    "model:put failure",
  ]);
});

test("the JSON Schema of manifests is published to everybody", async () => {
  const { status, body } = await nobody.get("/schemas/oam.json");
  expect(status).toBe(200);
  expect(body).toMatchObject({ type: "object", required: expect.arrayContaining(["spec"]) });
});

test("over HTTP, what isn't there is 404, what is stored already 409, and a misfit 400", async () => {
  const developer = await user("Developer");
  const at = "/wadm/api/statuses/model";
  const put = (body: string) =>
    developer.send("POST", `${at}/put`, { body, headers: { "Content-Type": "application/yaml" } });
  expect((await put(ECHO)).status).toBe(200);
  expect((await put(ECHO)).status).toBe(409);
  expect((await put("a: b")).status).toBe(400);
  expect((await developer.get(`${at}/get/echo?version=v0.0.1`)).status).toBe(200);
  expect((await developer.get(`${at}/get/echo?version=2`)).status).toBe(404);
  expect((await developer.get(`${at}/sing`)).status).toBe(404);
  expect((await developer.get("/wadm/api/a%20b/model/list")).status).toBe(400);
});

test("the newest versions are kept, as many as the configuration says, and the one that is deployed", async () => {
  const lattice = unique("lattice");
  const ask = await overNats(await user("Developer"), lattice);
  const principal = { username: "somebody" };
  const permit = () => Promise.resolve();
  const put = async (number: string) => {
    const of = { lattice, format: null, principal, permit };
    return (await putModel({ ...env, MODEL_VERSIONS_MAX: "2" }, version(number), of)).total;
  };
  expect([await put("1.0"), await put("0.9")]).toEqual([1, 2]);
  await ask("deploy", "foobar", { version: "1.0" });
  expect([await put("2.0"), await put("3.0")]).toEqual([3, 3]);
  const { versions } = await ask<{ versions: Json[] }>("versions", "foobar");
  expect(versions).toEqual([
    { version: "1.0", deployed: true },
    { version: "2.0", deployed: false },
    { version: "3.0", deployed: false },
  ]);
  await ask("undeploy", "foobar");
  expect(await put("4.0")).toBe(2);
  expect(await ask("get", "foobar", { version: "1.0" })).toMatchObject({ result: "notfound" });
});

test("every change is in the ledger", async () => expectRecorded());
