// Second factors: enrolled, confirmed, asked for at every login of every dialect, and never taken twice.
import { env } from "cloudflare:workers";
import { Secret, TOTP } from "otpauth";
import { describe, expect, test } from "vitest";
import { account, holding, logIn, tokens } from "#test/builders/sessions.ts";
import type { Credentials, Envelope } from "#test/builders/sessions.ts";
import { login } from "#test/builders/users.ts";

type Enrolled = { secret: string; otpauth_url: string; qr_svg: string };
const PERIOD_MS = 30_000;

/** The code of the step that is so many steps from now. */
function codeOf(secret: string, steps = 0): string {
  const timestamp = Date.now() + steps * PERIOD_MS;
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
}

type Protected = Credentials & { token: string; secret: string; codes: string[] };

/** Confirmed by the code of the step before: those of this step and the next are unused. */
async function protectedAccount(): Promise<Protected> {
  const credentials = await account();
  const { token } = await tokens(credentials);
  const by = holding(token);
  const { body } = await by.post<Envelope<Enrolled>>("/auth/mfa/enroll", {
    password: credentials.password,
  });
  const { secret } = body.data;
  const confirmed = await by.post<Envelope<{ backup_codes: string[] }>>("/auth/mfa/confirm", {
    mfa_code: codeOf(secret, -1),
  });
  return { ...credentials, token, secret, codes: confirmed.body.data.backup_codes };
}

describe("an enrolment", () => {
  test("gives a secret, its URL and its picture", async () => {
    const credentials = await account();
    const by = holding((await tokens(credentials)).token);
    const { status, body } = await by.post<Envelope<Enrolled>>("/auth/mfa/enroll", {
      password: credentials.password,
    });
    const { secret, otpauth_url, qr_svg } = body.data;
    expect(status).toBe(200);
    expect(new URL(otpauth_url).searchParams.get("secret")).toBe(secret);
    expect(otpauth_url).toMatch(/^otpauth:\/\/totp\/Edgeloom:/);
    expect(qr_svg).toMatch(/^<svg .*<\/svg>$/s);
  });

  test("wants the password again", async () => {
    const by = holding((await tokens(await account())).token);
    expect((await by.post("/auth/mfa/enroll", { password: "wrong" })).status).toBe(401);
  });

  test("that is not confirmed asks for no code", async () => {
    const credentials = await account();
    const by = holding((await tokens(credentials)).token);
    await by.post("/auth/mfa/enroll", { password: credentials.password });
    expect((await logIn(credentials)).status).toBe(200);
  });

  test("is not confirmed by a wrong code", async () => {
    const credentials = await account();
    const by = holding((await tokens(credentials)).token);
    const { body } = await by.post<Envelope<Enrolled>>("/auth/mfa/enroll", {
      password: credentials.password,
    });
    const mfa_code = codeOf(body.data.secret, 10);
    expect((await by.post("/auth/mfa/confirm", { mfa_code })).status).toBe(401);
    expect((await logIn(credentials)).status).toBe(200);
  });

  test("takes the place of no factor that is confirmed", async () => {
    const { password, token } = await protectedAccount();
    expect((await holding(token).post("/auth/mfa/enroll", { password })).status).toBe(409);
  });
});

describe("a login with a second factor", () => {
  test("needs a code, and is told no more than any wrong login", async () => {
    const credentials = await protectedAccount();
    const { username, password } = credentials;
    const without = await logIn({ username, password });
    const wrong = await logIn({ username, password: "wrong" });
    expect([without.status, without.body]).toEqual([401, wrong.body]);
  });

  test("needs it in the 000 dialect as well", async () => {
    const { username, password, secret } = await protectedAccount();
    expect((await login({ username, password })).status).toBe(401);
    const with_ = { username, password, mfaCode: codeOf(secret) };
    expect((await login(with_)).status).toBe(200);
  });

  test("takes the codes of one step before and after, and none further", async () => {
    for (const [steps, status] of [
      [-2, 401],
      [0, 200],
      [1, 200],
      [3, 401],
    ] as const) {
      const { username, password, secret } = await protectedAccount();
      const answer = await logIn({ username, password, mfa_code: codeOf(secret, steps) });
      expect([steps, answer.status]).toEqual([steps, status]);
    }
  });

  test("takes no step twice, and none before one that was taken", async () => {
    const { username, password, secret } = await protectedAccount();
    const mfa_code = codeOf(secret, 1);
    expect((await logIn({ username, password, mfa_code })).status).toBe(200);
    expect((await logIn({ username, password, mfa_code })).status).toBe(401);
    expect((await logIn({ username, password, mfa_code: codeOf(secret) })).status).toBe(401);
  });

  test("takes a code once when many try it at once", async () => {
    const { username, password, secret } = await protectedAccount();
    const mfa_code = codeOf(secret);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => logIn({ username, password, mfa_code })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("takes each of ten backup codes once, however it is written", async () => {
    const { username, password, codes } = await protectedAccount();
    expect(new Set(codes).size).toBe(10);
    const [one = "", other = ""] = codes;
    expect((await logIn({ username, password, mfa_code: one })).status).toBe(200);
    expect((await logIn({ username, password, mfa_code: one })).status).toBe(401);
    const written = other.toLowerCase().replaceAll("-", " ");
    expect((await logIn({ username, password, mfa_code: written })).status).toBe(200);
  });

  test("keeps no backup code as it is", async () => {
    const { codes } = await protectedAccount();
    const { results } = await env.DB.prepare("select * from backup_codes").all();
    const kept = JSON.stringify(results).toUpperCase();
    for (const code of codes) expect(kept).not.toContain(code.replaceAll("-", ""));
  });

  test("is locked out after five wrong codes, even for the right one", async () => {
    const { username, password, secret } = await protectedAccount();
    for (let tried = 0; tried < 5; tried += 1)
      await logIn({ username, password, mfa_code: "000000" });
    expect((await logIn({ username, password, mfa_code: codeOf(secret) })).status).toBe(429);
  });

  test("needs none any more once it was disabled, which takes password and code", async () => {
    const { username, password, secret, token } = await protectedAccount();
    const by = holding(token);
    const path = "/auth/mfa/disable";
    expect((await by.post(path, { password, mfa_code: "000000" })).status).toBe(401);
    expect((await by.post(path, { password, mfa_code: codeOf(secret) })).status).toBe(200);
    expect((await logIn({ username, password })).status).toBe(200);
  });
});
