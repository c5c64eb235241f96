// Attacks on who may do what: by how a path is written, by a body's size and depth, and by how long an answer takes.
import { beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { MODULES, module } from "#test/builders/modules.ts";
import { account, holding, logIn, tokens } from "#test/builders/sessions.ts";
import { admin, unique, user } from "#test/builders/users.ts";

describe("a policy that denies", () => {
  let id = "";
  let by: Client;

  beforeAll(async () => {
    id = await module();
    by = await user("Admin");
    const rules = [
      { effect: "Deny", resource: `modules:${id}`, action: ["module:*", "function:invoke"] },
    ];
    const policy = { name: unique("deny"), version: "1.0.0", rules };
    await (await admin()).post("/policies", policy);
  });

  const encoded = (text: string): string =>
    text.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);

  test.each<[string, (path: string, id: string) => string]>([
    ["as the document writes it", (path, id) => `${path}/${id}`],
    ["encoded", (path, id) => `${path}/${encoded(id)}`],
    ["encoded twice", (path, id) => `${path}/${encoded(encoded(id))}`],
    ["in capitals", (path, id) => `${path}/${id.toUpperCase()}`],
    ["with a slash at its end", (path, id) => `${path}/${id}/`],
    ["with two slashes", (path, id) => `${path}//${id}`],
    ["by a way around", (path, id) => `${path}/other/../${id}`],
    ["by an encoded way around", (path, id) => `${path}/other/%2e%2e/${id}`],
    ["with a null byte", (path, id) => `${path}/${id}%00`],
    ["with a blank", (path, id) => `${path}/${id}%20`],
    ["with parameters", (path, id) => `${path}/${id};a=b`],
    ["below a room in capitals", (path, id) => `${path.toUpperCase()}/${id}`],
  ])("holds for a path %s", async (_, write) => {
    for (const method of ["GET", "DELETE"]) {
      const { status } = await by.send(method, write(MODULES, id));
      expect([403, 404]).toContain(status);
    }
    expect((await (await user("Viewer")).get(`${MODULES}/${id}`)).status).toBe(403);
  });

  test("holds for a method that a header asks for", async () => {
    const headers = { "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE" };
    const { status } = await by.send("POST", `${MODULES}/${id}`, { headers, json: {} });
    expect([403, 404, 405]).toContain(status);
  });

  test("holds for a call that names it in its body, whatever else the body names", async () => {
    for (const body of [
      `{"moduleId":"${id}","functionName":"add","parameters":[1,2]}`,
      `{"moduleId":"other","moduleId":"${id}","functionName":"add","parameters":[1,2]}`,
      `{"\\u006doduleId":"${id}","functionName":"add","parameters":[1,2]}`,
    ]) {
      const headers = { "Content-Type": "application/json" };
      const answer = await by.send("POST", "/api/v1/wasm/execute", { headers, body });
      expect(answer.status).toBe(403);
    }
  });
});

describe("a body", () => {
  const JSON_TYPE = { "Content-Type": "application/json" };
  const PLACES = [
    "/api/v1/authentication/login",
    "/auth/login",
    "/batch/execute",
    "/users",
    "/policies",
    "/api/v1/workloads",
    "/api/v1/apps/register",
    "/api/v1/wasm/execute",
  ];

  test.each(PLACES)("of more than a megabyte is refused at %s", async (path) => {
    const body = `{"username":"${"a".repeat(2 ** 20)}"}`;
    const { status } = await (await admin()).send("POST", path, { headers: JSON_TYPE, body });
    expect(status).toBe(413);
  });

  test.each(PLACES)("whose length is not told is refused no later at %s", async (path) => {
    const { token } = await admin();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 64) controller.close();
        else controller.enqueue(new Uint8Array(2 ** 16).fill(0x20));
      },
    });
    const { status } = await nobody.send("POST", path, {
      headers: { ...JSON_TYPE, Authorization: `Bearer ${token}` },
      body,
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(40);
  });

  test.each(PLACES)("nested a hundred thousand deep is refused in words at %s", async (path) => {
    const deep = 100_000;
    for (const body of [
      `${"[".repeat(deep)}${"]".repeat(deep)}`,
      `${'{"rules":'.repeat(deep)}1${"}".repeat(deep)}`,
      `{"username":${"[".repeat(deep)}${"]".repeat(deep)}}`,
    ]) {
      const { status } = await (await admin()).send("POST", path, { headers: JSON_TYPE, body });
      expect([400, 422]).toContain(status);
    }
  });
});

/**
 * Medians of interleaved logins. A login that did no work for an unknown name would be over in a tenth of the time:
 * scrypt is nearly all of it. So a half or the double is far from either, whatever else the machine does.
 */
test("a login takes an unknown name no less and no more time than a wrong password", async () => {
  const PAIRS = 12;
  const RATIO_MAX = 2;
  // Locked out after five.
  const known = await Promise.all(Array.from({ length: PAIRS / 4 }, () => account()));
  const took = { known: [] as number[], unknown: [] as number[] };
  for (let at = 0; at < PAIRS; at += 1) {
    const names = { known: known[at % known.length]?.username ?? "", unknown: unique("nobody") };
    for (const who of at % 2 === 0
      ? (["known", "unknown"] as const)
      : (["unknown", "known"] as const)) {
      const startedAt = performance.now();
      expect((await logIn({ username: names[who], password: "wrong" })).status).toBe(401);
      took[who].push(performance.now() - startedAt);
    }
  }
  const median = (values: number[]): number =>
    values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
  const ratio = median(took.unknown) / median(took.known);
  expect(ratio).toBeLessThan(RATIO_MAX);
  expect(ratio).toBeGreaterThan(1 / RATIO_MAX);
});

test("a token of one user is nobody's way to another's second factor or password", async () => {
  const [one, other] = [await account(), await account()];
  const by = holding((await tokens(one)).token);
  const asked = { password: other.password, user_id: other.id, username: other.username };
  expect((await by.post("/auth/mfa/enroll", asked)).status).toBe(422);
  expect(
    (await by.send("PUT", `/users/${other.id}`, { json: { password: "taken over" } })).status,
  ).toBe(403);
  expect((await logIn(other)).status).toBe(200);
});
