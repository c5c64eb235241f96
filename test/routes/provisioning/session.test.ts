// Sessions: refreshed by either token, over at logout, at a reuse, and when the user changes.
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { recordedOf } from "#test/builders/ledger.ts";
import { account, holding, logIn, refresh, tokens } from "#test/builders/sessions.ts";
import { admin } from "#test/builders/users.ts";

const READ = "/api/v1/wasm/nodes";

const statusOf = async (token: string): Promise<number> => (await holding(token).get(READ)).status;

describe("a refresh", () => {
  test("by the current token gives another one", async () => {
    const { token } = await tokens(await account());
    const { status, body } = await refresh({ token });
    expect(status).toBe(200);
    expect(body.data.token).not.toBe(token);
    expect(await statusOf(body.data.token)).toBe(200);
  });

  test("by the refresh token gives both, and a token that may do no less", async () => {
    const { refresh_token } = await tokens(await account());
    const { body } = await refresh({ refresh_token });
    expect(body.data.refresh_token).not.toBe(refresh_token);
    expect(await statusOf(body.data.token)).toBe(200);
    expect((await refresh({ refresh_token: body.data.refresh_token })).status).toBe(200);
  });

  test("by a refresh token that was used ends every token of the session", async () => {
    const first = await tokens(await account());
    const second = (await refresh({ refresh_token: first.refresh_token })).body.data;
    const again = await refresh({ refresh_token: first.refresh_token });
    expect(again.status).toBe(401);
    expect(await statusOf(first.token)).toBe(401);
    expect(await statusOf(second.token)).toBe(401);
    expect((await refresh({ refresh_token: second.refresh_token })).status).toBe(401);
    expect((await refresh({ token: second.token })).status).toBe(401);
    expect(await recordedOf(again.headers.get("X-Request-Id"))).toMatchObject([
      {
        action: "session:refresh",
        result: "refused",
        reason: expect.stringContaining("second time"),
      },
    ]);
  });

  test("by one refresh token goes well once when many try at once", async () => {
    const { refresh_token } = await tokens(await account());
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh({ refresh_token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("by a refresh token leaves another session of the user as it is", async () => {
    const credentials = await account();
    const [one, other] = [await tokens(credentials), await tokens(credentials)];
    await refresh({ refresh_token: one.refresh_token });
    await refresh({ refresh_token: one.refresh_token });
    expect(await statusOf(other.token)).toBe(200);
  });

  test("takes no token of the other kind", async () => {
    const { token, refresh_token } = await tokens(await account());
    expect((await refresh({ refresh_token: token })).status).toBe(401);
    expect((await refresh({ token: refresh_token })).status).toBe(401);
    expect(await statusOf(refresh_token)).toBe(401);
  });

  test("takes the roles that the user has by then", async () => {
    const user = await account(["viewer"]);
    const { token } = await tokens(user);
    await (await admin()).send("PUT", `/users/${user.id}`, { json: { roles: ["operator"] } });
    const { body } = await refresh({ token });
    expect(decodeJwt(body.data.token)).toMatchObject({ role: "Operator", roles: ["Operator"] });
  });
});

describe("a session", () => {
  test("is over at its logout, and no other one is", async () => {
    const credentials = await account();
    const [one, other] = [await tokens(credentials), await tokens(credentials)];
    expect((await holding(one.token).post("/auth/logout")).status).toBe(200);
    expect(await statusOf(one.token)).toBe(401);
    expect((await refresh({ refresh_token: one.refresh_token })).status).toBe(401);
    expect(await statusOf(other.token)).toBe(200);
  });

  test.each([
    ["is disabled", { enabled: false }],
    ["gets a new password", { password: "another password" }],
  ])("is over when its user %s", async (_, change) => {
    const user = await account();
    const { token } = await tokens(user);
    expect(await statusOf(token)).toBe(200);
    await (await admin()).send("PUT", `/users/${user.id}`, { json: change });
    expect(await statusOf(token)).toBe(401);
  });

  test("is over when its user is deleted", async () => {
    const user = await account();
    const { token } = await tokens(user);
    await (await admin()).send("DELETE", `/users/${user.id}`);
    expect(await statusOf(token)).toBe(401);
    expect((await logIn(user)).status).toBe(401);
  });

  test("may what its user's roles allow now, not what they did", async () => {
    const user = await account(["admin"]);
    const { token } = await tokens(user);
    expect((await holding(token).get("/users")).status).toBe(200);
    await (await admin()).send("PUT", `/users/${user.id}`, { json: { roles: ["viewer"] } });
    expect((await holding(token).get("/users")).status).toBe(403);
  });

  test("of somebody who is disabled is not begun, and told as any wrong login", async () => {
    const user = await account();
    await (await admin()).send("PUT", `/users/${user.id}`, { json: { enabled: false } });
    const disabled = await logIn(user);
    const unknown = await logIn({ username: "nobody-of-that-name", password: "any password" });
    expect([disabled.status, disabled.body]).toEqual([unknown.status, unknown.body]);
  });
});

describe("the ledger", () => {
  test("has each login, whose it was, and whether it went well", async () => {
    const user = await account();
    const good = await logIn(user);
    const bad = await logIn({ ...user, password: "a wrong one" });
    expect(await recordedOf(good.headers.get("X-Request-Id"))).toMatchObject([
      {
        actor: user.username,
        action: "session:begin",
        resource: `users:${user.id}`,
        result: "success",
      },
    ]);
    expect(await recordedOf(bad.headers.get("X-Request-Id"))).toMatchObject([
      { actor: user.username, actorId: user.id, action: "session:begin", result: "refused" },
    ]);
  });

  test("has no name that is nobody's: it may be a password in the wrong field", async () => {
    const answer = await logIn({ username: "hunter2hunter2", password: "ada" });
    const entries = await recordedOf(answer.headers.get("X-Request-Id"));
    expect(entries).toMatchObject([{ actor: null, result: "refused" }]);
    expect(JSON.stringify(entries)).not.toContain("hunter2");
  });
});
