// Users by the 003 document: filters and pages, the last Admin, and nothing that a caller gives itself.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { account, holding, logIn, tokens } from "#test/builders/sessions.ts";
import type { Envelope } from "#test/builders/sessions.ts";
import { ADMIN, admin, unique } from "#test/builders/users.ts";

type User = { id: string; username: string; roles: string[]; enabled: boolean };

async function idOf(username: string): Promise<string> {
  const by = await admin();
  const { body } = await by.get<Envelope<User[]>>("/users?limit=1000");
  return body.data.find((user) => user.username === username)?.id ?? "";
}

describe("the list", () => {
  test("has the users of a role, whatever other roles they have", async () => {
    const both = await account(["developer", "operator"]);
    const { body } = await (await admin()).get<Envelope<User[]>>("/users?role=operator&limit=1000");
    expect(body.data.map(({ id }) => id)).toContain(both.id);
    expect(body.data.every(({ roles }) => roles.includes("operator"))).toBe(true);
  });

  test("has those who are enabled, or those who are not", async () => {
    const by = await admin();
    const { id } = await account();
    await by.send("PUT", `/users/${id}`, { json: { enabled: false } });
    const disabled = await by.get<Envelope<User[]>>("/users?enabled=false");
    expect(disabled.body.data.map((user) => user.id)).toContain(id);
    expect(disabled.body.data.every(({ enabled }) => !enabled)).toBe(true);
  });

  test("tells its pages in its headers", async () => {
    for (let made = 0; made < 3; made += 1) await account(["auditor"]);
    const path = "/users?role=auditor&limit=1&offset=1";
    const { headers, body } = await (await admin()).get<Envelope<User[]>>(path);
    expect(body.data).toHaveLength(1);
    expect(Number(headers.get("X-Total-Count"))).toBeGreaterThanOrEqual(3);
    expect([headers.get("X-Limit"), headers.get("X-Offset")]).toEqual(["1", "1"]);
    expect(headers.get("Link")).toContain('</users?offset=2&limit=1&role=auditor>; rel="next"');
    expect(headers.get("Link")).toContain('</users?offset=0&limit=1&role=auditor>; rel="prev"');
  });

  test("ends without a next page", async () => {
    const { headers } = await (await admin()).get("/users?limit=1000");
    expect(headers.get("Link")).not.toContain('rel="next"');
  });

  test.each(["limit=0", "limit=1001", "offset=-1", "role=Owner", "enabled=maybe"])(
    "refuses %s and says why",
    async (query) => {
      const { status, body } = await (await admin()).get<Envelope<null>>(`/users?${query}`);
      expect([status, body.success]).toEqual([400, false]);
      expect(body.error).toContain(query.split("=")[0]);
    },
  );

  test("says nothing of passwords and second factors", async () => {
    await account();
    const { body } = await (await admin()).get("/users?limit=1000");
    expect(JSON.stringify(body)).not.toMatch(/scrypt|password|hash|secret/i);
  });
});

describe("the last enabled Admin", () => {
  test.each([
    ["demoted", "PUT", { roles: ["viewer"] }],
    ["disabled", "PUT", { enabled: false }],
    ["deleted", "DELETE", undefined],
  ])("can't be %s", async (_, method, json) => {
    const by = await admin();
    const id = await idOf(ADMIN.username);
    const { status, body } = await by.send<Envelope<null>>(
      method,
      `/users/${id}`,
      json === undefined ? {} : { json },
    );
    expect([status, body.error]).toEqual([409, expect.stringContaining("last enabled Admin")]);
    expect((await logIn(ADMIN)).status).toBe(200);
  });

  test("is one of two who both give it up at once", async () => {
    const first = await idOf(ADMIN.username);
    const { id: second } = await account(["admin"]);
    const by = await admin();
    const demote = (id: string) => by.send("PUT", `/users/${id}`, { json: { roles: ["viewer"] } });
    const answers = await Promise.all([demote(first), demote(second)]);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    const { results } = await env.DB.prepare(
      "select 1 from users where enabled and roles like '%Admin%'",
    ).all();
    expect(results).toHaveLength(1);
    await env.DB.prepare(`update users set roles = '["Admin"]' where username = ?`)
      .bind(ADMIN.username)
      .run();
    await env.DB.prepare("delete from users where id = ?").bind(second).run();
  });

  test("may go where there is another", async () => {
    const { id } = await account(["admin"]);
    const by = await admin();
    expect((await by.send("DELETE", `/users/${id}`)).status).toBe(200);
  });
});

describe("nobody gives itself a role", () => {
  test("by a field that a body doesn't have", async () => {
    const by = holding((await tokens(await account(["operator"]))).token);
    expect((await by.post("/auth/refresh", { token: "x", roles: ["admin"] })).status).toBe(422);
    const login = { username: "a", password: "b", roles: ["admin"], role: "Admin" };
    expect((await by.post("/auth/login", login)).status).toBe(422);
  });

  test("by changing itself", async () => {
    const user = await account(["operator"]);
    const by = holding((await tokens(user)).token);
    const change = { json: { roles: ["admin"] } };
    expect((await by.send("PUT", `/users/${user.id}`, change)).status).toBe(403);
    expect((await by.send("PUT", `/users/${user.id}/`, change)).status).not.toBe(200);
    expect((await by.send("PUT", `/Users/${user.id}`, change)).status).toBe(404);
  });

  test.each(["id", "created_at", "last_login", "password_hash", "role", "__proto__", "mfa"])(
    "and an Admin sets no %s",
    async (field) => {
      const by = await admin();
      const { id } = await account();
      const body = `{"enabled": true, "${field}": "x"}`;
      const headers = { "Content-Type": "application/json" };
      const { status } = await by.send("PUT", `/users/${id}`, { body, headers });
      expect(status).toBe(field === "__proto__" ? status : 422);
      const { body: after } = await by.get<Envelope<User>>(`/users/${id}`);
      expect(after.data).toMatchObject({ id, roles: ["viewer"] });
    },
  );
});

test("a name that is taken is refused", async () => {
  const by = await admin();
  const body = { username: unique("twice"), password: "long enough", roles: ["viewer"] };
  await by.post("/users", body);
  expect((await by.post("/users", body)).status).toBe(409);
});
