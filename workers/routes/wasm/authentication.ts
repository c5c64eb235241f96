// POST /api/v1/authentication/login, and the users who may.
import { createRoute } from "@hono/zod-openapi";
import { login } from "#control/identity.ts";
import { createUser, listAccounts } from "#control/users.ts";
import { allowed, authenticated, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { knownAddressOf } from "#http/ledger.ts";
import { limited } from "#http/quota.ts";
import { loginAnswer, refused, userAnswer, usersAnswer } from "./answer.ts";
import { room } from "./room.ts";
import { loginBody, userBody } from "./schema.ts";
import { accountView, loginView } from "./view.ts";

const tags = ["Authentication"];

/** This dialect's list has no pages. */
const USERS_MAX = 1_000;

const logIn = createRoute({
  method: "post",
  path: "/login",
  tags,
  summary: "Get a token",
  middleware: [limited("login", 30), bounded()] as const,
  request: { body: jsonBody(loginBody) },
  responses: {
    200: answer(loginAnswer, "A token, and whose it is."),
    ...refused({ 503: "The deployment has no secrets; nobody can log in." }),
  },
});

const addUser = createRoute({
  method: "post",
  path: "/users",
  tags,
  summary: "Add a user (Admin)",
  security: bearer,
  middleware: [
    authenticated(),
    limited("users.create", 20),
    allowed("user:create"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(userBody) },
  responses: { 201: answer(userAnswer, "The user."), ...refused({ 409: "The name is taken." }) },
});

const listUsers = createRoute({
  method: "get",
  path: "/users",
  tags,
  summary: "List users (Admin, Auditor)",
  security: bearer,
  middleware: [authenticated(), limited("users.list", 300), allowed("user:read")] as const,
  responses: { 200: answer(usersAnswer, "All users."), ...refused() },
});

export const authentication = room()
  .openapi(logIn, async (c) => {
    const from = { address: knownAddressOf(c), requestId: c.get("requestId") };
    return c.json(
      loginView(await login(c.env, { ...c.req.valid("json"), ...from }, Date.now())),
      200,
    );
  })
  .openapi(addUser, async (c) => {
    const { role, ...given } = c.req.valid("json");
    const user = await createUser(c.env, { ...given, roles: [role] }, Date.now());
    created(c, user.id);
    return c.json(accountView(user), 201);
  })
  .openapi(listUsers, async (c) => {
    const { users, total } = await listAccounts(c.env, { limit: USERS_MAX, offset: 0 });
    return c.json({ users: users.map(accountView), total }, 200);
  });
