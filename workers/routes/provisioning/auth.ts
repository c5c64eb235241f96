// /auth: logins, sessions and second factors.
import { createRoute } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { login } from "#control/identity.ts";
import { confirm, disable, enrol } from "#control/second-factor.ts";
import { logout, refreshByAccess, refreshByRefresh } from "#control/session.ts";
import { Fault } from "#domain/fault.ts";
import type { SignedIn } from "#domain/role.ts";
import { allowed, authenticated } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import type { Context } from "#http/context.ts";
import { knownAddressOf } from "#http/ledger.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { doneAnswer, refused } from "./answer.ts";
import { AUTHENTICATIONS, GENERAL } from "./limit.ts";
import { room } from "./room.ts";
import { codeBody, disableBody, loginBody, passwordBody, refreshBody } from "./schema.ts";
import { backupCodesAnswer, enrolmentAnswer, loginAnswer, refreshAnswer } from "./user-answer.ts";
import { enrolmentView, loginView, refreshView } from "./user-view.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: authentication"];
const security = bearer;
const misfit = { 422: "The body does not fit." };
const change = [
  authenticated(),
  limited(...AUTHENTICATIONS),
  allowed("mfa:change", "mfa:self"),
  bounded(),
];

const logIn = createRoute({
  method: "post",
  path: "/login",
  tags,
  summary: "Get a token, with `mfa_code` where the user has a second factor",
  middleware: [limited(...AUTHENTICATIONS), bounded()] as const,
  request: { body: jsonBody(loginBody) },
  responses: { 200: answer(loginAnswer, "Tokens, and whose they are."), ...refused(misfit) },
});

const refresh = createRoute({
  method: "post",
  path: "/refresh",
  tags,
  summary: "Get a new token by the current one, or by a refresh token, which is good once",
  middleware: [limited(...AUTHENTICATIONS), bounded()] as const,
  request: { body: jsonBody(refreshBody) },
  responses: { 200: answer(refreshAnswer, "A new token."), ...refused(misfit) },
});

const logOut = createRoute({
  method: "post",
  path: "/logout",
  tags,
  security,
  summary: "End the session, everywhere within five seconds",
  middleware: [
    authenticated(),
    limited(...GENERAL),
    allowed("session:end", "sessions:self"),
  ] as const,
  responses: { 200: answer(doneAnswer, "It is over."), ...refused() },
});

const enrolFactor = createRoute({
  method: "post",
  path: "/mfa/enroll",
  tags,
  security,
  summary: "Get a TOTP secret to confirm, with its otpauth URL and QR picture",
  middleware: change,
  request: { body: jsonBody(passwordBody) },
  responses: {
    200: answer(enrolmentAnswer, "The secret. It counts once it is confirmed."),
    ...refused({ ...misfit, 409: "There is a second factor already." }),
  },
});

const confirmFactor = createRoute({
  method: "post",
  path: "/mfa/confirm",
  tags,
  security,
  summary: "Confirm the secret by a first code, and get ten backup codes",
  middleware: change,
  request: { body: jsonBody(codeBody) },
  responses: {
    200: answer(backupCodesAnswer, "The codes, each good once. They are not told again."),
    ...refused({ ...misfit, 409: "No secret waits for its first code." }),
  },
});

const disableFactor = createRoute({
  method: "post",
  path: "/mfa/disable",
  tags,
  security,
  summary: "Do without the second factor from now on",
  middleware: change,
  request: { body: jsonBody(disableBody) },
  responses: { 200: answer(doneAnswer, "It is gone."), ...refused(misfit) },
});

export const auth = room()
  .openapi(logIn, async (c) =>
    c.json(
      loginView(await login(c.env, { ...c.req.valid("json"), ...originOf(c) }, Date.now())),
      200,
    ),
  )
  .openapi(refresh, async (c) => {
    const body = c.req.valid("json");
    const at = { ...originOf(c), now: Date.now() };
    const refreshed =
      "token" in body
        ? await refreshByAccess(c.env, body.token, at)
        : await refreshByRefresh(c.env, body.refresh_token, at);
    return c.json(refreshView(refreshed), 200);
  })
  .openapi(logOut, async (c) => {
    await logout(c.env, signedIn(c), Date.now());
    return c.json(done("Successfully logged out"), 200);
  })
  .openapi(enrolFactor, async (c) => {
    const shown = { ...c.req.valid("json"), ...originOf(c), now: Date.now() };
    return c.json(enrolmentView(await enrol(c.env, signedIn(c), shown)), 200);
  })
  .openapi(confirmFactor, async (c) => {
    const { mfa_code: code } = c.req.valid("json");
    const shown = { code, ...originOf(c), now: Date.now() };
    return c.json(done({ backup_codes: await confirm(c.env, signedIn(c), shown) }), 200);
  })
  .openapi(disableFactor, async (c) => {
    const { mfa_code: code, password } = c.req.valid("json");
    const shown = { code, password, ...originOf(c), now: Date.now() };
    await disable(c.env, signedIn(c), shown);
    return c.json(done("The second factor was removed"), 200);
  });

function originOf(c: HonoContext<Context>) {
  return { address: knownAddressOf(c), requestId: c.get("requestId") };
}

function signedIn(c: HonoContext<Context>): SignedIn {
  const principal = c.get("principal");
  if (principal.role !== "Node" && principal.session !== undefined)
    return { ...principal, session: principal.session };
  throw new Fault("FORBIDDEN", "Only a user who logged in has a session.");
}
