// The keys of the program: public halves told, tokens of the key before still good, and what is sealed under them.
import { env } from "cloudflare:workers";
import {
  SignJWT,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from "jose";
import type { JSONWebKeySet, JWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { sweep } from "#control/sweep.ts";
import {
  putAuthenticator,
  findAuthenticator,
  resealAuthenticators,
} from "#stores/authenticators.ts";
import { findWebhook, putWebhook, resealWebhooks } from "#stores/webhooks.ts";
import { nobody, serverWith } from "#test/builders/client.ts";
import type { Webhook } from "#domain/webhook.ts";
import { holding } from "#test/builders/sessions.ts";
import type { Envelope, Tokens } from "#test/builders/sessions.ts";
import { MODULES } from "#test/builders/modules.ts";
import { ADMIN, unique } from "#test/builders/users.ts";

const JWKS = "/.well-known/jwks.json";
let first: JWK;
let second: JWK;

beforeAll(async () => {
  first = await keyNamed("first", "ES256");
  second = await keyNamed("second", "EdDSA");
});

async function keyNamed(kid: string, alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg };
}

function ringOf(...keys: JWK[]): string {
  return JSON.stringify({ keys });
}

function withKeys(...keys: JWK[]) {
  return serverWith({ EDGELOOM_JWT_KEYS: ringOf(...keys) });
}

function envWith(...keys: JWK[]): Env {
  return { ...env, EDGELOOM_JWT_KEYS: ringOf(...keys) };
}

async function tokenOf(server: ReturnType<typeof serverWith>): Promise<string> {
  const headers = { "CF-Connecting-IP": unique("address") };
  const { body } = await nobody.at(server).post<Envelope<Tokens>>("/auth/login", ADMIN, headers);
  return body.data.token;
}

async function statusAt(server: ReturnType<typeof serverWith>, token: string): Promise<number> {
  return (await holding(token).at(server).get(MODULES)).status;
}

describe("the public keys", () => {
  test("are none where the secret is shared", async () => {
    expect((await nobody.get(JWKS)).body).toEqual({ keys: [] });
  });

  test("check a token that was signed with one of them", async () => {
    const { body } = await nobody.at(withKeys(first, second)).get(JWKS);
    const set = body as unknown as JSONWebKeySet;
    const token = await tokenOf(withKeys(first, second));
    expect(decodeProtectedHeader(token).kid).toBe("first");
    await expect(jwtVerify(token, createLocalJWKSet(set))).resolves.toBeDefined();
  });

  test("are halves that sign nothing", async () => {
    const { body } = await nobody.at(withKeys(first, second)).get<{ keys: JWK[] }>(JWKS);
    expect(body.keys.map(({ kid }) => kid)).toEqual(["first", "second"]);
    for (const { d, k, p, q } of body.keys) expect([d, k, p, q]).toEqual(Array(4).fill(undefined));
  });
});

describe("a token", () => {
  test("of the key before is good after a rotation, and refused once that key is gone", async () => {
    const token = await tokenOf(withKeys(first));
    expect(await statusAt(withKeys(second, first), token)).toBe(200);
    expect(decodeProtectedHeader(await tokenOf(withKeys(second, first))).kid).toBe("second");
    // Asked of an isolate that doesn't know the token yet.
    const again = await tokenOf(withKeys(first));
    expect(await statusAt(withKeys(second), again)).toBe(401);
  });

  test("signed with a public key as if it were a shared secret is refused", async () => {
    const server = withKeys(first);
    const { body } = await nobody.at(server).get<{ keys: JWK[] }>(JWKS);
    const payload = JSON.parse(atob((await tokenOf(server)).split(".")[1] ?? "")) as object;
    for (const secret of [JSON.stringify(body.keys[0]), String(body.keys[0]?.x).padEnd(32, "=")]) {
      for (const kid of [{ kid: "first" }, {}]) {
        const forged = await new SignJWT({ ...payload })
          .setProtectedHeader({ alg: "HS256", typ: "JWT", ...kid })
          .sign(new TextEncoder().encode(secret));
        expect(await statusAt(server, forged)).toBe(401);
      }
    }
  });

  test("that brings its own key is refused", async () => {
    const server = withKeys(first);
    const payload = JSON.parse(atob((await tokenOf(server)).split(".")[1] ?? "")) as object;
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const jwk = await exportJWK(publicKey);
    for (const header of [
      { jwk },
      { jwk, kid: "first" },
      { jku: "https://example.com/jwks.json" },
    ]) {
      const forged = await new SignJWT({ ...payload })
        .setProtectedHeader({ alg: "ES256", typ: "JWT", ...header })
        .sign(privateKey);
      expect(await statusAt(server, forged)).toBe(401);
    }
  });
});

describe("a secret that is kept", () => {
  const SECRET = "JBSWY3DPEHPK3PXP";

  function webhook(id: string): Webhook {
    return {
      id,
      url: "https://example.com/hook",
      events: ["*"],
      description: "",
      secret: "current-secret",
      previous: { secret: "earlier-secret", until: 2 },
      enabled: false,
      disabledReason: null,
      createdAt: 1,
      updatedAt: 1,
    };
  }

  async function dump(): Promise<string> {
    const [users, hooks] = await env.DB.batch([
      env.DB.prepare("select * from authenticators"),
      env.DB.prepare("select * from webhooks"),
    ]);
    return JSON.stringify([users?.results, hooks?.results]);
  }

  test("comes back, and is not to be read in the database", async () => {
    const id = unique("wh");
    await putAuthenticator(env, id, SECRET);
    await putWebhook(env, webhook(id));
    expect(await findAuthenticator(env, id)).toMatchObject({ secret: SECRET });
    expect(await findWebhook(env, id)).toEqual(webhook(id));
    expect(await dump()).not.toMatch(/JBSWY3DPEHPK3PXP|current-secret|earlier-secret/);
  });

  test("is sealed anew after a rotation, and needs the key before no more", async () => {
    const id = unique("wh");
    await putAuthenticator(envWith(first), id, SECRET);
    await putWebhook(envWith(first), webhook(id));
    const both = envWith(second, first);
    expect(await findWebhook(both, id)).toEqual(webhook(id));
    await expect(findWebhook(envWith(second), id)).rejects.toThrow("first");
    await resealAuthenticators(both);
    await resealWebhooks(both);
    expect(await findAuthenticator(envWith(second), id)).toMatchObject({ secret: SECRET });
    expect(await findWebhook(envWith(second), id)).toEqual(webhook(id));
  });

  test("from before there were seals is sealed by the sweep", async () => {
    const id = unique("user");
    // Beside a row that can't be read.
    await putAuthenticator(envWith(first), unique("user"), SECRET);
    await env.DB.prepare("insert into authenticators (user_id, secret, last_step) values (?, ?, 0)")
      .bind(id, SECRET)
      .run();
    expect(await findAuthenticator(env, id)).toMatchObject({ secret: SECRET });
    await sweep(env);
    expect(await dump()).not.toContain(SECRET);
    expect(await findAuthenticator(env, id)).toMatchObject({ secret: SECRET });
  });

  test("opens for no other row", async () => {
    const [one, other] = [unique("user"), unique("user")];
    await putAuthenticator(env, one, SECRET);
    await putAuthenticator(env, other, SECRET);
    await env.DB.prepare(
      "update authenticators set secret = (select secret from authenticators where user_id = ?) where user_id = ?",
    )
      .bind(one, other)
      .run();
    await expect(findAuthenticator(env, other)).rejects.toThrow("can't be read");
  });
});
