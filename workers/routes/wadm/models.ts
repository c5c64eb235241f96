// The operations on models over HTTP: `/wadm/api/{lattice}/model/{operation}/{name}` takes by POST what the subject of
// the same tokens takes, and what only reads by GET too.
import { createRoute, z } from "@hono/zod-openapi";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import type { ModelOperation } from "#domain/oam/subject.ts";
import { allowed, alsoPermit } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import type { Context } from "#http/context.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { invalid } from "#http/validation.ts";
import {
  acknowledgedAnswer,
  deleteAnswer,
  getAnswer,
  listAnswer,
  putAnswer,
  refused,
  statusAnswer,
  versionsAnswer,
} from "./answer.ts";
import { ACTIONS, answerModel } from "./model.ts";
import { room } from "./room.ts";
import { deleteBody, formatOf, undeployBody, versionBody } from "./schema.ts";

const PER_MINUTE = 600;

/** An account may stand before it. */
export const lattice = z
  .string()
  .regex(/^[\w-]{1,63}(\.[\w-]{1,63})?$/, "expected letters, digits, _ and -");
const name = z.string().regex(/^[-\w]{1,128}$/, "expected letters, digits, _ and -");
const params = z.object({ lattice, name: name.optional() });
const version = z.object({ version: z.string().optional() });

type Described = Pick<RouteConfig, "summary" | "responses"> & {
  readonly body?: z.ZodType;
  /** In the path, where it isn't the operation's own. */
  readonly word?: string;
};

const missing = { 404: "No such model, or no such version." };
const manifest = z.record(z.string(), z.unknown());
const LIST = { summary: "List the models of a lattice", responses: of(listAnswer, "All of them.") };

export const models = room();

// In the document's order.
route("POST", "put", {
  summary: "Store a model's manifest, in YAML or JSON",
  responses: {
    ...of(putAnswer, "It is stored."),
    ...refused({ 409: "The version is stored already." }),
  },
});
for (const method of ["GET", "POST"] as const) {
  route(method, "list", LIST);
  route(method, "list", { ...LIST, word: "get" });
  route(method, "get", {
    summary: "Get a stored manifest",
    body: versionBody,
    responses: { ...of(getAnswer, "The manifest."), ...refused(missing) },
  });
  route(method, "versions", {
    summary: "List the stored versions of a model, in the order in which they came",
    responses: { ...of(versionsAnswer, "All of them."), ...refused(missing) },
  });
}
route("POST", "del", {
  summary: "Delete a version of a model, or all of them",
  body: deleteBody,
  responses: of(deleteAnswer, "What was done."),
});
const acknowledged = { ...of(acknowledgedAnswer, "It is under way."), ...refused(missing) };
route("POST", "deploy", {
  summary: "Deploy a version of a model in place of what runs of it",
  body: versionBody,
  responses: acknowledged,
});
route("POST", "undeploy", {
  summary: "Undeploy a model",
  body: undeployBody,
  responses: acknowledged,
});
for (const method of ["GET", "POST"] as const) {
  route(method, "status", {
    summary: "Tell how the deployed version stands, by component and trait",
    responses: { ...of(statusAnswer, "How it stands."), ...refused(missing) },
  });
}

function of(schema: z.ZodType, description: string) {
  return { ...refused(), 200: answer(schema, description) };
}

/** Not through the validator: a body has the same meaning here as over NATS, whatever its Content-Type says. */
function route(
  method: "GET" | "POST",
  operation: ModelOperation,
  { body, word = operation, ...described }: Described,
): void {
  const isNamed = operation !== "put" && operation !== "list";
  const action = ACTIONS[operation];
  const resource = isNamed ? "models:{name}" : "models:*";
  const content =
    operation === "put"
      ? { "application/yaml": { schema: z.string() }, "application/json": { schema: manifest } }
      : { "application/json": { schema: body ?? z.object({}) } };
  const documented = createRoute({
    method: method === "GET" ? "get" : "post",
    path: `/wadm/api/{lattice}/model/${word}${isNamed ? "/{name}" : ""}`,
    tags: ["wadm"],
    security: bearer,
    request: {
      params: isNamed ? z.object({ lattice, name }) : z.object({ lattice }),
      ...(method === "GET" && body !== undefined ? { query: version } : {}),
      ...(method === "POST" ? { body: { content, required: operation === "put" } } : {}),
    },
    ...described,
  });
  models.openAPIRegistry.registerPath(documented);
  const middleware = [limited("wadm", PER_MINUTE), allowed(action, resource), bounded()] as const;
  models.on(method, documented.getRoutingPath(), ...middleware, async (c) =>
    c.json(await perform(c, operation)),
  );
}

async function perform(c: HonoContext<Context>, operation: ModelOperation): Promise<object> {
  const parsed = params.safeParse(c.req.param());
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
  }
  const payload =
    c.req.method === "GET"
      ? JSON.stringify({ version: c.req.query("version") })
      : await c.req.text();
  return answerModel(c.env, {
    lattice: parsed.data.lattice,
    name: parsed.data.name ?? "",
    operation,
    payload,
    format: formatOf(c.req.header("Content-Type")),
    principal: c.get("principal"),
    permit: (name) => alsoPermit(c, () => [`models:${name}`]),
    over: "http",
  });
}
