// Between a deploy and its migrations the database lacks what the new version asks for.
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Client } from "#test/builders/client.ts";
import { admin } from "#test/builders/users.ts";

const PASSWORD_HASH = /scrypt\$/;
const LATER = ["apps", "models", "nodes", "workloads", "runs"];

let by: Client;
beforeAll(async () => {
  by = await admin();
  for (const table of LATER) {
    await env.DB.prepare(`alter table ${table} rename to ${table}_later`).run();
  }
});
afterAll(async () => {
  for (const table of LATER) {
    await env.DB.prepare(`alter table ${table}_later rename to ${table}`).run();
  }
});

test.each([
  "/health",
  "/api/v1/wasm/nodes",
  "/api/v1/workloads",
  "/api/v1/apps",
  "/tasks",
  "/wadm/api/default/model/list",
])("%s is answered 503 and when to try again", async (path) => {
  const { status, headers, body } = await by.get(path);
  expect([status, headers.get("Retry-After")]).toEqual([503, "5"]);
  expect(JSON.stringify(body)).toContain("not migrated to this version yet");
});

test("a column that is missing is told so too, and no hash of a password gets into the log", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  await env.DB.prepare("alter table users rename column last_login_at to seen_at").run();
  const credentials = { username: "ada", password: "secure_password", roles: ["viewer"] };
  const { status } = await by.post("/users", credentials);
  await env.DB.prepare("alter table users rename column seen_at to last_login_at").run();
  expect(status).toBe(503);
  await env.DB.prepare(
    "create trigger full before insert on users begin select raise(abort, 'full'); end",
  ).run();
  const failed = await by.post<{ error: string }>("/users", credentials);
  await env.DB.prepare("drop trigger full").run();
  const lines = logged.mock.calls.flat().map(String).join("\n");
  logged.mockRestore();
  expect(failed.status).toBe(500);
  expect(lines).toContain("full");
  expect(lines).toContain(failed.headers.get("X-Request-Id"));
  expect(lines).not.toMatch(PASSWORD_HASH);
});
