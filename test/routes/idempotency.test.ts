// Idempotency-Key: a POST that is sent again makes nothing twice.
import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Client, Problem } from "#test/builders/client.ts";
import { DEPLOYMENTS, request } from "#test/builders/deployments.ts";
import type { Deployment } from "#test/builders/deployments.ts";
import { MODULES, module, registration } from "#test/builders/modules.ts";
import type { Module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import sound from "#test/fixtures/sound.wat";

let by: Client;
let region = "";
let moduleId = "";

beforeAll(async () => {
  by = await user("Developer");
  ({ region } = await place(1));
  moduleId = await module();
});

function create(key: string, body = request(moduleId, region)): Promise<Answer<Deployment>> {
  return by.post<Deployment>(DEPLOYMENTS, body, { "Idempotency-Key": key });
}

function error(answer: Answer<unknown>): Problem["error"] {
  return (answer.body as Problem).error;
}

describe("a request with the key of an earlier one", () => {
  test("gets the first answer again, and makes nothing", async () => {
    const key = unique("key");
    const first = await create(key);
    const again = await create(key);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  });

  test("gets a request id and the rate limit of its own", async () => {
    const key = unique("key");
    const first = await create(key);
    const again = await create(key);
    const [one, other] = [first.headers.get("X-Request-Id"), again.headers.get("X-Request-Id")];
    expect(other).toMatch(/^req-/);
    expect(other).not.toBe(one);
    expect(again.headers.get("X-RateLimit-Limit")).toBe("20");
  });

  test("is refused when it asks for something else", async () => {
    const key = unique("key");
    await create(key);
    const other = await create(key, request(moduleId, region, { autoRollbackEnabled: false }));
    expect([other.status, error(other).code]).toEqual([422, "IDEMPOTENCY_MISMATCH"]);
  });

  test("of another user is another's", async () => {
    const key = unique("key");
    const first = await create(key);
    const other = await user("Developer");
    const body = request(moduleId, region);
    const answer = await other.post<Deployment>(DEPLOYMENTS, body, { "Idempotency-Key": key });
    expect(answer.body.deploymentId).not.toBe(first.body.deploymentId);
  });

  test("is tried anew when the first one failed", async () => {
    const key = unique("key");
    await create(key, request("ghost-v1.0.0", region));
    expect((await create(key)).status).toBe(201);
  });
});

describe("requests with one key that come at once", () => {
  test("make one thing: each gets it, or is told that it is at work", async () => {
    const key = unique("key");
    const id = await module();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create(key, request(id, region))),
    );
    const made = answers.filter(({ status }) => status === 201);
    const working = answers.filter(({ status }) => status === 409);
    expect(new Set(made.map(({ body }) => body.deploymentId)).size).toBe(1);
    expect([
      made.length + working.length,
      working.every((answer) => error(answer).retryAfter === 1),
    ]).toEqual([5, true]);
    const list = await by.get(`${DEPLOYMENTS}?moduleId=${id}`);
    expect(list.body["total"]).toBe(1);
  });
});

describe("an upload with a key", () => {
  function raw(path: string, headers: Record<string, string>): Promise<Answer<Module>> {
    return by.send<Module>("POST", path, {
      body: sound,
      headers: { "Content-Type": "application/wasm", ...headers },
    });
  }

  test("of a module is registered once", async () => {
    const key = { "Idempotency-Key": unique("key") };
    const body = registration();
    const answers = [await by.post(MODULES, body, key), await by.post(MODULES, body, key)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  });

  test("as a raw body is another request where its query is another", async () => {
    const key = { "Idempotency-Key": unique("key") };
    const query = `${MODULES}?name=${unique("raw")}&wasiVersion=preview2&version`;
    await raw(`${query}=1.0.0`, key);
    expect((await raw(`${query}=2.0.0`, key)).status).toBe(422);
  });

  test("as a raw body is another request where its headers are others", async () => {
    const key = { "Idempotency-Key": unique("key"), "X-Module-Wasi-Version": "preview2" };
    const name = unique("raw");
    await raw(MODULES, { ...key, "X-Module-Name": name, "X-Module-Version": "1.0.0" });
    const other = await raw(MODULES, {
      ...key,
      "X-Module-Name": name,
      "X-Module-Version": "2.0.0",
    });
    expect(other.status).toBe(422);
  });
});

test.each(["two words", "ключ", "k".repeat(256)])("a key that reads %s is refused", async (key) => {
  const given = key === "ключ" ? encodeURIComponent(key).replaceAll("%", " ") : key;
  expect((await create(given)).status).toBe(400);
});
