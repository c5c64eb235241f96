// The secrets of a lattice, for the components whose manifests name them. They are written and never read here.
import { createRoute, z } from "@hono/zod-openapi";
import { Fault } from "#domain/fault.ts";
import { keepSecret } from "#control/secrets.ts";
import { SECRET_LENGTH_MAX } from "#domain/secret.ts";
import type { Secret } from "#domain/secret.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { deleteSecret, listSecrets } from "#stores/secrets.ts";
import { refused } from "./answer.ts";
import { lattice } from "./models.ts";
import { room } from "./room.ts";

const PER_MINUTE = 120;

const text = z.string().max(SECRET_LENGTH_MAX);
const body = z
  .union([
    z.strictObject({ value: text }),
    z.strictObject({ bytes: z.base64().max(SECRET_LENGTH_MAX) }),
    z.strictObject({ fields: z.record(z.string().min(1).max(128), text) }),
  ])
  .openapi("WadmSecret", { description: "A text, bytes as base64, or fields of text." });
const named = z.object({ lattice, name: z.string().regex(/^[\w.-]{1,128}$/) });
const done = z.object({ result: z.literal("ok"), message: z.string() }).openapi("WadmSecretDone");
const list = z
  .object({
    result: z.literal("ok"),
    secrets: z.array(
      z.object({ name: z.string(), updated_at: z.iso.datetime(), updated_by: z.string() }),
    ),
  })
  .openapi("WadmSecrets");

const PATH = "/wadm/api/{lattice}/secrets";

export const secrets = room();

secrets.openapi(
  createRoute({
    method: "get",
    path: PATH,
    tags: ["wadm"],
    summary: "List the names of a lattice's secrets",
    security: bearer,
    middleware: [limited("wadm-secrets", PER_MINUTE), allowed("secret:read", "secrets:*")] as const,
    request: { params: z.object({ lattice }) },
    responses: { ...refused(), 200: answer(list, "All of them.") },
  }),
  async (c) => {
    const found = await listSecrets(c.env, c.req.valid("param").lattice);
    const told = found.map(({ name, updatedAt, updatedBy }) => ({
      name,
      updated_at: new Date(updatedAt).toISOString(),
      updated_by: updatedBy,
    }));
    return c.json({ result: "ok" as const, secrets: told }, 200);
  },
);

secrets.openapi(
  createRoute({
    method: "put",
    path: `${PATH}/{name}`,
    tags: ["wadm"],
    summary: "Keep a secret for the components of a lattice",
    security: bearer,
    middleware: [
      limited("wadm-secrets", PER_MINUTE),
      allowed("secret:change", "secrets:{name}"),
      bounded(),
    ] as const,
    request: {
      params: named,
      body: { content: { "application/json": { schema: body } }, required: true },
    },
    responses: {
      ...refused({ 409: "The lattice keeps as many secrets as it may." }),
      200: answer(done, "It is kept, sealed."),
    },
  }),
  async (c) => {
    const of = c.req.valid("param");
    const given = c.req.valid("json");
    const { username: by } = c.get("principal");
    await keepSecret(c.env, of, { secret: secretOf(given), by, now: Date.now() });
    return c.json({ result: "ok" as const, message: `Secret ${of.name} is kept.` }, 200);
  },
);

secrets.openapi(
  createRoute({
    method: "delete",
    path: `${PATH}/{name}`,
    tags: ["wadm"],
    summary: "Remove a secret",
    security: bearer,
    middleware: [
      limited("wadm-secrets", PER_MINUTE),
      allowed("secret:change", "secrets:{name}"),
    ] as const,
    request: { params: named },
    responses: { ...refused({ 404: "No such secret." }), 200: answer(done, "It is gone.") },
  }),
  async (c) => {
    const of = c.req.valid("param");
    if (!(await deleteSecret(c.env, of))) {
      throw new Fault("NOT_FOUND", `Lattice ${of.lattice} has no secret ${of.name}.`);
    }
    return c.json({ result: "ok" as const, message: `Secret ${of.name} is removed.` }, 200);
  },
);

function secretOf(given: z.infer<typeof body>): Secret {
  if ("value" in given) return given.value;
  return "bytes" in given ? [given.bytes] : given.fields;
}
