// /users
import { createRoute } from "@hono/zod-openapi";
import * as control from "#control/users.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { doneAnswer, refused } from "./answer.ts";
import { newUserAnswer, userAnswer, usersAnswer } from "./user-answer.ts";
import { GENERAL } from "./limit.ts";
import { tellPage } from "./page.ts";
import { room } from "./room.ts";
import { idParam, newUserBody, userChangeBody, userQuery } from "./schema.ts";
import { newUserView, userView } from "./user-view.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: users"];
const security = bearer;
const params = idParam;
const misfit = { 422: "The body does not fit." };
const missing = { 404: "No such user." };
const last = { 409: "It is the last enabled Admin." };

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List users (admin, auditor)",
  middleware: [limited(...GENERAL), allowed("user:read")] as const,
  request: { query: userQuery },
  responses: { 200: answer(usersAnswer, "A page of users."), ...refused() },
});

const create = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Create a user (admin)",
  middleware: [limited(...GENERAL), allowed("user:create"), bounded(), idempotent()] as const,
  request: { body: jsonBody(newUserBody) },
  responses: {
    201: answer(newUserAnswer, "The user."),
    ...refused({ ...misfit, 409: "The name is taken." }),
  },
});

const get = createRoute({
  method: "get",
  path: "/{id}",
  tags,
  security,
  summary: "Get a user (admin, auditor)",
  middleware: [limited(...GENERAL), allowed("user:read")] as const,
  request: { params },
  responses: { 200: answer(userAnswer, "The user."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{id}",
  tags,
  security,
  summary: "Change what is given of a user (admin)",
  description:
    "It holds for the user's tokens within five seconds. A new password ends all of the user's sessions.",
  middleware: [limited(...GENERAL), allowed("user:update"), bounded()] as const,
  request: { params, body: jsonBody(userChangeBody) },
  responses: {
    200: answer(doneAnswer, "It is changed."),
    ...refused({ ...misfit, ...missing, ...last }),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/{id}",
  tags,
  security,
  summary: "Delete a user (admin)",
  middleware: [limited(...GENERAL), allowed("user:delete")] as const,
  request: { params },
  responses: { 200: answer(doneAnswer, "It is gone."), ...refused({ ...missing, ...last }) },
});

export const users = room()
  .openapi(list, async (c) => {
    const filter = c.req.valid("query");
    const { users: found, total } = await control.listAccounts(c.env, filter);
    tellPage(c, filter, total);
    return c.json(done(found.map(userView)), 200);
  })
  .openapi(create, async (c) => {
    const user = await control.createUser(c.env, c.req.valid("json"), Date.now());
    created(c, user.id);
    return c.json(done(newUserView(user)), 201);
  })
  .openapi(get, async (c) =>
    c.json(done(userView(await control.getUser(c.env, c.req.valid("param").id))), 200),
  )
  .openapi(change, async (c) => {
    await control.changeUser(c.env, c.req.valid("param").id, c.req.valid("json"));
    return c.json(done("User updated successfully"), 200);
  })
  .openapi(remove, async (c) => {
    await control.deleteUser(c.env, c.req.valid("param").id);
    return c.json(done("User deleted successfully"), 200);
  });
