// Tokens and logins: what is let in, and everything that is not.
import { env } from "cloudflare:workers";
import { SignJWT, UnsecuredJWT, decodeJwt } from "jose";
import type { JWTPayload } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { nobody, serverWith } from "#test/builders/client.ts";
import type { Answer, Problem } from "#test/builders/client.ts";
import { MODULES } from "#test/builders/modules.ts";
import { ADMIN, admin, login, unique } from "#test/builders/users.ts";

const USERS = "/api/v1/authentication/users";
const LOGIN = "/api/v1/authentication/login";
const SECRET = env.EDGELOOM_JWT_SECRET ?? "";

/** A token that is good, except for what the test changes. */
function token(
  claims: Record<string, unknown> = {},
  { header = {}, secret = SECRET }: { header?: object; secret?: string } = {},
): Promise<string> {
  return new SignJWT({ ...good(), sid, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT", ...header })
    .sign(new TextEncoder().encode(secret));
}

let sid = "";

beforeAll(async () => {
  const { body } = await login(ADMIN);
  sid = String(decodeJwt(body.token)["sid"]);
});

function good(): JWTPayload {
  const iat = Math.floor(Date.now() / 1000);
  const named = { sub: "somebody@example.com", iss: "edgeloom", aud: "edgeloom-api" };
  return { ...named, role: "Admin", jti: crypto.randomUUID(), iat, exp: iat + 300 };
}

function withToken(given: string): Promise<Answer<Problem>> {
  return nobody.send("GET", MODULES, { headers: { Authorization: `Bearer ${given}` } });
}

describe("a token", () => {
  test("that is good is let in", async () => {
    expect((await withToken(await token())).status).toBe(200);
  });

  const past = Math.floor(Date.now() / 1000) - 1;

  test.each<[string, () => Promise<string> | string]>([
    ["that is expired", () => token({ exp: past })],
    ["that is not yet valid", () => token({ nbf: past + 300 })],
    ["without an end", () => token({ exp: undefined })],
    ["without an id", () => token({ jti: undefined })],
    ["without a user", () => token({ sub: undefined })],
    ["without a session", () => token({ sid: undefined })],
    ["of a session that there is not", () => token({ sid: crypto.randomUUID() })],
    ["of another issuer", () => token({ iss: "elsewhere" })],
    ["for another audience", () => token({ aud: "elsewhere" })],
    ["with a role that is none", () => token({ role: "Owner" })],
    ["of another type", () => token({}, { header: { typ: "at+jwt" } })],
    ["that is signed by another algorithm", () => token({}, { header: { alg: "HS512" } })],
    ["that is signed with another secret", () => token({}, { secret: "x".repeat(64) })],
    ["without a signature (alg none)", () => new UnsecuredJWT(good()).encode()],
    [
      "whose payload was changed",
      async () => {
        const [header, payload = "", signature] = (await token({ role: "Viewer" })).split(".");
        const changed = btoa(atob(payload).replace("Viewer", "Admin"));
        return [header, changed.replaceAll("=", ""), signature].join(".");
      },
    ],
    ["that is garbled", () => "garbled"],
    ["of two parts", () => "a.b"],
  ])("%s is refused", async (_, make) => {
    const { status, body } = await withToken(await make());
    expect([status, body.error.code]).toEqual([401, "UNAUTHORIZED"]);
  });

  test("that ran out while it was known is refused", async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const short = await token({ exp });
    expect((await withToken(short)).status).toBe(200);
    await scheduler.wait(exp * 1000 - Date.now() + 10);
    expect((await withToken(short)).status).toBe(401);
  });

  test.each(["", "Basic YTpi", "Bearer", "Bearer a b", "bearer\ttoken"])(
    "in a header that reads %j is refused",
    async (header) => {
      const { status, body } = await nobody.send<Problem>("GET", MODULES, {
        headers: { Authorization: header },
      });
      expect([status, body.error.code]).toEqual([401, "UNAUTHORIZED"]);
    },
  );
});

describe("a login", () => {
  let user: { username: string; password: string };

  beforeAll(async () => {
    user = await made();
  });

  async function made(): Promise<{ username: string; password: string }> {
    const credentials = { username: `${unique("login")}@example.com`, password: "long enough" };
    await (await admin()).post(USERS, { ...credentials, role: "Viewer" });
    return credentials;
  }

  test("gives a token for an hour", async () => {
    const { body } = await login(user);
    const left = Date.parse(body.expiresAt) - Date.now();
    expect(left / 60_000).toBeGreaterThan(59);
    expect(left / 60_000).toBeLessThanOrEqual(60);
  });

  test("gives a token that is let in", async () => {
    const { body } = await login(user);
    expect((await withToken(body.token)).status).toBe(200);
  });

  test("with a wrong password, and one of an unknown user, are told the same", async () => {
    const told = async (username: string): Promise<unknown> => {
      const { status, body } = await login({ username, password: "wrong" });
      const { error } = body as unknown as Problem;
      return [status, error.code, error.message, error.details];
    };
    const wrong = await told(user.username);
    expect(wrong).toEqual([
      401,
      "UNAUTHORIZED",
      "The username, the password or the MFA code is wrong.",
      [],
    ]);
    expect(await told("nobody@example.com")).toEqual(wrong);
  });

  test("is locked out after five failures, whether the user exists or not", async () => {
    const statuses = async ({ username, password }: typeof user): Promise<number[]> => {
      const found = [];
      for (let attempt = 0; attempt < 5; attempt += 1) {
        found.push((await login({ username, password: "wrong" })).status);
      }
      return [...found, (await login({ username, password })).status];
    };
    const existing = await statuses(await made());
    const unknown = await statuses({ username: "ghost@example.com", password: "any" });
    expect(existing).toEqual([401, 401, 401, 401, 401, 429]);
    expect(unknown).toEqual(existing);
  });

  test("can't be tried more than five times by trying all at once", async () => {
    const credentials = await made();
    const wrong = { ...credentials, password: "wrong" };
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(wrong)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect((await login(credentials)).status).toBe(429);
  });
  test("that is locked out is told for how long", async () => {
    const credentials = await made();
    const wrong = { ...credentials, password: "wrong" };
    for (let attempt = 0; attempt < 5; attempt += 1) await login(wrong);
    const { headers, body } = await login(credentials);
    const { error } = body as unknown as Problem;
    expect(error.code).toBe("ACCOUNT_LOCKED");
    expect(error.retryAfter).toBeGreaterThan(890);
    expect(headers.get("Retry-After")).toBe(String(error.retryAfter));
  });

  test("that goes well forgets the failures before it", async () => {
    const credentials = await made();
    const wrong = { ...credentials, password: "wrong" };
    for (let attempt = 0; attempt < 4; attempt += 1) await login(wrong);
    await login(credentials);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect((await login(wrong)).status).toBe(401);
    }
    expect((await login(credentials)).status).toBe(200);
  });

  test.each([
    ["no password", { username: "a" }],
    ["an unknown field", { ...ADMIN, otp: "123456" }],
    ["a number as its name", { username: 1, password: "a" }],
  ])("with %s is refused as a whole", async (_, body) => {
    expect((await nobody.post(LOGIN, body)).status).toBe(400);
  });

  test("is refused to everybody where the signing secret is too short", async () => {
    const server = serverWith({ EDGELOOM_JWT_SECRET: "short" });
    const { status, body } = await nobody.at(server).post<Problem>(LOGIN, user);
    expect([status, body.error.code]).toEqual([503, "UNAVAILABLE"]);
  });
});

describe("users", () => {
  test("are listed without a word of their passwords", async () => {
    const by = await admin();
    const credentials = { username: "listed@example.com", password: "long enough" };
    await by.post(USERS, { ...credentials, role: "Operator" });
    const { body } = await by.get<{ users: object[] }>(USERS);
    expect(body.users).toContainEqual({
      username: "listed@example.com",
      role: "Operator",
      createdAt: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toMatch(/scrypt|password/i);
  });

  test("have names of their own", async () => {
    const by = await admin();
    const body = { username: "twice@example.com", password: "long enough", role: "Viewer" };
    await by.post(USERS, body);
    expect((await by.post(USERS, body)).status).toBe(409);
  });

  test.each([
    ["a short password", { password: "short" }],
    ["a role that is none", { role: "Owner" }],
    ["no name", { username: "" }],
  ])("with %s are refused", async (_, given) => {
    const body = { username: "new@example.com", password: "long enough", role: "Viewer", ...given };
    expect((await (await admin()).post(USERS, body)).status).toBe(400);
  });
});
