// Policies by the 003 document's own examples, and what they do to requests.
import { afterEach, describe, expect, test } from "vitest";
import type { Json } from "#test/builders/client.ts";
import { execute, serve } from "#test/builders/deployments.ts";
import { REGISTERED } from "#test/domain/app/documented.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { ledgerEntries, recordedOf } from "#test/builders/ledger.ts";
import type { Enveloped, Refusal } from "#test/builders/runs.ts";
import { admin, unique, user } from "#test/builders/users.ts";
import { overNats } from "#test/builders/wadm.ts";
import { ECHO } from "#test/domain/oam/manifests.ts";

const EXAMPLE = {
  name: "new_policy",
  version: "1.0.0",
  rules: [
    {
      effect: "Allow",
      resource: "servers:*",
      action: ["create", "read"],
      condition: "user.role == 'admin'",
    },
  ],
};

const made: string[] = [];

async function put(given: Json): Promise<string> {
  const body = { ...EXAMPLE, name: unique("policy"), ...given };
  const answer = await (await admin()).post<Enveloped<{ id: string }>>("/policies", body);
  if (answer.status !== 200) throw new Error(`no policy: ${JSON.stringify(answer.body)}`);
  made.push(answer.body.data.id);
  return answer.body.data.id;
}

function denying(action: string, given: Json = {}): Json {
  return { rules: [{ effect: "Deny", resource: "*", action: [action], ...given }] };
}

afterEach(async () => {
  const by = await admin();
  for (const id of made.splice(0)) await by.send("DELETE", `/policies/${id}`);
});

test("that denies a module holds however a call names it", async () => {
  const { region } = await place(1);
  const moduleId = await module();
  const name = moduleId.slice(0, moduleId.indexOf("-v"));
  await serve(moduleId, region);
  const call = (asked: string) => ({ moduleId: asked, functionName: "echo", parameters: {} });
  expect((await execute(call(name))).status).toBe(200);
  for (const resource of [moduleId, name]) {
    const rule = { effect: "Deny", resource: `modules:${resource}`, action: ["function:invoke"] };
    await put({ rules: [rule] });
    const answers = [await execute(call(name)), await execute(call(moduleId))];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    const by = await admin();
    for (const id of made.splice(0)) await by.send("DELETE", `/policies/${id}`);
  }
  expect((await execute(call(name))).status).toBe(200);
});

describe("a policy", () => {
  test("is created, listed, changed and deleted as the document shows it", async () => {
    const by = await admin();
    const created = await by.post<Enveloped<{ id: string }>>("/policies", EXAMPLE);
    const { id } = created.body.data;
    expect([created.status, created.body]).toEqual([
      200,
      { success: true, data: { id, name: "new_policy", version: "1.0.0" } },
    ]);
    const listed = await by.get<Enveloped<Json[]>>("/policies");
    expect(listed.body.data).toContainEqual({
      id,
      ...EXAMPLE,
      created_at: expect.stringMatching(/Z$/),
      enabled: true,
      mode: "enforce",
    });
    const change = { name: "updated_policy", rules: EXAMPLE.rules };
    const changed = await by.send("PUT", `/policies/${id}`, { json: change });
    expect(changed.body).toEqual({ success: true, data: "Policy updated successfully" });
    expect((await by.get<Enveloped<Json>>(`/policies/${id}`)).body.data).toMatchObject({
      name: "updated_policy",
    });
    expect((await by.send("DELETE", `/policies/${id}`)).status).toBe(200);
    expect((await by.get(`/policies/${id}`)).status).toBe(404);
  });

  test.each<[string, Json, string]>([
    ["a condition that is no CEL", { condition: "user.role ==" }, "rules.0.condition"],
    ["a resource without a kind", { resource: "web 01" }, "rules.0.resource"],
    ["an action that is none", { action: ["Delete!"] }, "rules.0.action"],
  ])("with %s is refused, and the place named", async (_, rule, place) => {
    const body = { ...EXAMPLE, rules: [{ ...EXAMPLE.rules[0], ...rule }] };
    const { status, body: answer } = await (await admin()).post<Refusal>("/policies", body);
    expect([status, answer.error]).toEqual([422, expect.stringContaining(place)]);
  });
});

describe("a rule", () => {
  test("that denies refuses who has the role, in every dialect, and the ledger names it", async () => {
    const id = await put(denying("node:read", { condition: "user.role == 'viewer'" }));
    const by = await user("Viewer");
    const refused = await by.get("/api/v1/wasm/nodes");
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      403,
      expect.stringMatching(/policy policy-\d+, rule 1 denies node:read on nodes:\*/),
    ]);
    expect((await by.get("/api/v1/nodes")).status).toBe(403);
    expect((await (await admin()).get("/api/v1/wasm/nodes")).status).toBe(200);
    const [entry] = await recordedOf(refused.headers.get("X-Request-Id"));
    expect(entry).toMatchObject({ result: "refused", evidence: { rule: expect.any(String) } });
    await (await admin()).send("PUT", `/policies/${id}`, { json: { enabled: false } });
    expect((await by.get("/api/v1/wasm/nodes")).status).toBe(200);
  });

  test("that allows lets pass whom no role does", async () => {
    const by = await user("Viewer");
    expect((await by.get("/users")).status).toBe(403);
    const condition = `user.username == '${by.username}'`;
    await put({ rules: [{ effect: "Allow", resource: "users:*", action: ["read"], condition }] });
    expect((await by.get("/users")).status).toBe(200);
  });

  test("that denies a name holds where a body alone tells it", async () => {
    const by = await user("Developer");
    await put({
      rules: ["modules:locked", "apps:locked", "models:locked"].map((resource) => ({
        effect: "Deny",
        resource,
        action: ["register", "put"],
      })),
    });
    const app = { ...REGISTERED, metadata: { name: "locked" } };
    const manifest = ECHO.replace(/name: echo$/m, "name: locked");
    const upload = "/api/v1/wasm/modules?name=locked&version=1.0.0&wasiVersion=preview1";
    const answers = [
      await by.send("POST", upload, { body: "x", headers: { "Content-Type": "application/wasm" } }),
      await by.post("/api/v1/apps/register", app),
      await by.send("POST", "/wadm/api/default/model/put", {
        body: manifest,
        headers: { "Content-Type": "application/yaml" },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    const ask = await overNats(by, unique("lattice"));
    expect(await ask("put", null, manifest)).toMatchObject({
      result: "error",
      message: expect.stringContaining("models:locked"),
    });
  });

  test("that denies holds over NATS too", async () => {
    const by = await user("Developer");
    const ask = await overNats(by, unique("lattice"));
    await put(denying("model:deploy", { resource: "models:still" }));
    const refused = await ask("deploy", "still", {});
    expect(refused).toEqual({ result: "error", message: expect.stringContaining("rule 1") });
    expect(await ask("deploy", "other", {})).toMatchObject({ result: "notfound" });
    const entries = (await ledgerEntries()).filter(({ resource }) => resource === "models:still");
    expect(entries).toMatchObject([
      {
        actor: by.username,
        action: "model:deploy",
        result: "refused",
        reason: expect.stringContaining("FORBIDDEN"),
      },
    ]);
  });

  test("in count mode refuses nothing, and what it would refuse is in the ledger", async () => {
    await put({ ...denying("node:read"), mode: "count" });
    const by = await user("Viewer");
    const { status, headers } = await by.get("/api/v1/wasm/nodes");
    const [entry] = await recordedOf(headers.get("X-Request-Id"));
    expect([status, entry?.reason]).toEqual([200, expect.stringContaining("Counted, not refused")]);
  });

  test("that denies everything leaves an Admin the way back", async () => {
    const id = await put(denying("*"));
    const by = await admin();
    expect((await by.get("/api/v1/wasm/nodes")).status).toBe(403);
    expect((await by.send("DELETE", `/policies/${id}`)).status).toBe(200);
    expect((await by.get("/api/v1/wasm/nodes")).status).toBe(200);
  });
});

test("a simulation tells the decision and why, and does nothing", async () => {
  await put(denying("module:delete", { resource: "modules:hello" }));
  const asked = {
    principal: { roles: ["admin"] },
    action: "module:delete",
    resource: "modules:hello-v1.0.0",
  };
  const by = await admin();
  const { body } = await by.post("/policies/simulate", asked);
  expect(body).toMatchObject({
    data: { allowed: false, rule: expect.stringContaining("rule 1"), counted: [] },
  });
  const other = await by.post("/policies/simulate", { ...asked, resource: "modules:other-v1.0.0" });
  expect(other.body).toMatchObject({ data: { allowed: true, rule: "role Admin" } });
  const unknown = await by.post("/policies/simulate", { ...asked, action: "module:launch" });
  expect(unknown.status).toBe(422);
});
