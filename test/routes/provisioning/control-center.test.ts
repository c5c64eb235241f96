// Every example of the 003 document for its control center, in its order; then what it says of all answers.
import { beforeAll, expect, test } from "vitest";
import { Client, nobody } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { dataOf as data, get, id, post, text, time } from "#test/builders/envelope.ts";
import type { Body } from "#test/builders/envelope.ts";
import { expectRecorded } from "#test/builders/recorded.ts";
import { ADMIN, admin } from "#test/builders/users.ts";

const jwt = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);
const RULES = [
  {
    effect: "Allow",
    resource: "servers:*",
    action: ["create", "read"],
    condition: "user.role == 'admin'",
  },
];

let by: Client;
/** What earlier examples made. */
const made = { user: "", policy: "" };

beforeAll(async () => {
  by = await admin();
});

test("POST /auth/login", async () => {
  const login = nobody.post<Body>("/auth/login", ADMIN, { "CF-Connecting-IP": "192.0.2.1" });
  expect(await data(login)).toMatchObject({
    token: jwt,
    expires_at: time,
    user: { id, username: ADMIN.username, email: ADMIN.username, roles: ["admin"] },
  });
});

test("POST /auth/refresh", async () => {
  const headers = { "CF-Connecting-IP": "192.0.2.1" };
  const refreshed = await data(nobody.post<Body>("/auth/refresh", { token: by.token }, headers));
  expect(refreshed).toMatchObject({ token: jwt, expires_at: time });
});

test("POST /auth/logout", async () => {
  const login = nobody.post<Body>("/auth/login", ADMIN, { "CF-Connecting-IP": "192.0.2.2" });
  const { token } = (await data(login)) as { token: string };
  const own = new Client({ username: ADMIN.username, token });
  expect(await data(own.post<Body>("/auth/logout"))).toBe("Successfully logged out");
  await eventually(
    () => own.get("/users"),
    ({ status }) => status === 401,
  );
});

test("GET /users", async () => {
  expect(await get("/users?role=admin&enabled=true")).toEqual([
    {
      id,
      username: ADMIN.username,
      email: ADMIN.username,
      roles: ["admin"],
      enabled: true,
      created_at: time,
      last_login: time,
    },
  ]);
});

test("POST /users", async () => {
  const user = {
    username: "newuser",
    email: "newuser@example.com",
    roles: ["operator"],
    enabled: true,
  };
  const created = await data(
    by.post<Body>("/users", { ...user, password: "secure_password" }),
    201,
  );
  expect(created).toEqual({ id, ...user });
  made.user = (created as { id: string }).id;
});

test("PUT /users/{id}", async () => {
  const json = { email: "updated@example.com", roles: ["admin", "operator"], enabled: false };
  const updated = by.send<Body>("PUT", `/users/${made.user}`, { json });
  expect(await data(updated)).toBe("User updated successfully");
  expect(await get(`/users/${made.user}`)).toMatchObject(json);
});

test("DELETE /users/{id}", async () => {
  const deleted = by.send<Body>("DELETE", `/users/${made.user}`);
  expect(await data(deleted)).toBe("User deleted successfully");
});

test("POST /policies", async () => {
  const policy = { name: "new_policy", version: "1.0.0" };
  const created = await post("/policies", { ...policy, rules: RULES });
  expect(created).toEqual({ id, ...policy });
  made.policy = (created as { id: string }).id;
});

test("GET /policies", async () => {
  expect(await get("/policies")).toMatchObject([
    {
      id: made.policy,
      name: "new_policy",
      version: "1.0.0",
      rules: RULES,
      created_at: time,
      enabled: true,
    },
  ]);
});

test("PUT /policies/{id}", async () => {
  const json = { name: "updated_policy", rules: RULES };
  const updated = by.send<Body>("PUT", `/policies/${made.policy}`, { json });
  expect(await data(updated)).toBe("Policy updated successfully");
});

test("GET /audit/logs", async () => {
  const query = `user_id=${ADMIN.username}&action=policy.create&limit=1&offset=0`;
  expect(await get(`/audit/logs?${query}`)).toEqual([
    {
      id: text,
      timestamp: time,
      user_id: id,
      action: "policy.create",
      resource: `policies/${made.policy}`,
      result: "success",
      details: expect.any(Object),
    },
  ]);
});

test("an error", async () => {
  const { status, body } = await by.get("/tasks/none");
  expect([status, body]).toEqual([404, { success: false, error: "There is no task none." }]);
});

test("rate limits are told in the headers", async () => {
  const { headers } = await by.get("/policies");
  expect(headers.get("X-RateLimit-Limit")).toBe("100");
  expect(Number(headers.get("X-RateLimit-Remaining"))).toBeLessThan(100);
  expect(Number(headers.get("X-RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000 - 1);
});

test.each([
  "/tasks",
  "/batch/operations",
  "/rollback/checkpoints",
  "/users",
  "/policies",
  "/audit/logs",
  "/settings",
  "/webhooks",
])("%s is listed in pages of fifty, and of a thousand at most", async (path) => {
  const { status, headers } = await by.get(path);
  expect([status, headers.get("X-Limit"), headers.get("X-Offset")]).toEqual([200, "50", "0"]);
  expect(headers.get("X-Total-Count")).toMatch(/^\d+$/);
  expect(headers.get("Link")).toContain(`<${path}?offset=0&limit=50>; rel="first"`);
  const beyond = await by.get<Body>(`${path}?offset=1000`);
  expect([beyond.status, beyond.body.data]).toEqual([200, []]);
  expect((await by.get(`${path}?limit=1001`)).status).toBe(400);
});

test("pages are told in the headers", async () => {
  const { headers } = await by.get("/audit/logs?offset=2&limit=1");
  expect(Number(headers.get("X-Total-Count"))).toBeGreaterThan(3);
  expect([headers.get("X-Limit"), headers.get("X-Offset")]).toEqual(["1", "2"]);
  expect(headers.get("Link")).toContain('</audit/logs?offset=3&limit=1>; rel="next"');
});

test("the version is chosen by the Accept header", async () => {
  const v1 = "application/vnd.provisioning.v1+json";
  const answered = await by.send("GET", "/policies", { headers: { Accept: v1 } });
  expect([answered.status, answered.headers.get("Content-Type")]).toEqual([200, v1]);
  const v2 = await by.send("GET", "/policies", { headers: { Accept: v1.replace("v1", "v2") } });
  expect([v2.status, v2.body]).toEqual([
    406,
    { success: false, error: expect.stringContaining("current version is v1") },
  ]);
});

test("every change is in the ledger", async () => expectRecorded());
