// Who may do what: one row for each operation of the OpenAPI document, tried as every role and as nobody.
import { beforeAll, describe, expect, test } from "vitest";
import { ROLES } from "#domain/role.ts";
import type { Role } from "#domain/role.ts";
import { nobody } from "#test/builders/client.ts";
import type { Answer, Client, Problem } from "#test/builders/client.ts";
import { user } from "#test/builders/users.ts";

const ALL = [...ROLES];
const MAKERS: Role[] = ["Admin", "Developer"];
const STEERERS: Role[] = ["Admin", "Developer", "Operator"];
const UNDOERS: Role[] = ["Admin", "Operator"];
const ADMIN: Role[] = ["Admin"];

const W = "/api/v1/wasm";

const ROWS: [string, Role[]][] = [
  ["GET /api/v1/authentication/users", ADMIN],
  ["POST /api/v1/authentication/users", ADMIN],
  [`GET ${W}/modules`, ALL],
  [`POST ${W}/modules`, MAKERS],
  [`GET ${W}/modules/{moduleId}`, ALL],
  [`GET ${W}/modules/{moduleId}/interface`, ALL],
  [`PATCH ${W}/modules/{moduleId}`, MAKERS],
  [`DELETE ${W}/modules/{moduleId}`, ADMIN],
  [`GET ${W}/deployments`, ALL],
  [`POST ${W}/deployments`, MAKERS],
  [`GET ${W}/deployments/{deploymentId}`, ALL],
  [`GET ${W}/deployments/{deploymentId}/plan`, ALL],
  [`GET ${W}/deployments/{deploymentId}/events`, ALL],
  [`POST ${W}/deployments/{deploymentId}/execute`, MAKERS],
  [`POST ${W}/deployments/{deploymentId}/approve`, ADMIN],
  [`POST ${W}/deployments/{deploymentId}/rollback`, UNDOERS],
  [`POST ${W}/deployments/{deploymentId}/pause`, STEERERS],
  [`POST ${W}/deployments/{deploymentId}/resume`, STEERERS],
  [`POST ${W}/deployments/{deploymentId}/promote`, STEERERS],
  [`POST ${W}/deployments/{deploymentId}/abort`, STEERERS],
  [`POST ${W}/deployments/{deploymentId}/retry`, STEERERS],
  [`GET ${W}/nodes`, ALL],
  [`POST ${W}/nodes`, ADMIN],
  [`GET ${W}/nodes/{nodeId}`, ALL],
  [`PUT ${W}/nodes/{nodeId}`, ADMIN],
  [`DELETE ${W}/nodes/{nodeId}`, ADMIN],
  [`GET ${W}/nodes/{nodeId}/health`, ALL],
  [`GET ${W}/interfaces`, ALL],
  [`POST ${W}/interfaces`, MAKERS],
  [`GET ${W}/interfaces/{interfaceId}`, ALL],
  [`DELETE ${W}/interfaces/{interfaceId}`, ADMIN],
  [`POST ${W}/interfaces/{interfaceId}/validate`, ALL],
  [`POST ${W}/interfaces/{interfaceId}/submit`, MAKERS],
  [`POST ${W}/interfaces/{interfaceId}/approve`, ADMIN],
  [`POST ${W}/interfaces/{interfaceId}/reject`, ADMIN],
  [`POST ${W}/interfaces/{interfaceId}/deprecate`, ADMIN],
  [`POST ${W}/execute`, ALL],
  ["GET /api/v1/nodes", ALL],
  ["POST /api/v1/nodes", ADMIN],
  ["GET /api/v1/nodes/{nodeId}", ALL],
  ["PUT /api/v1/nodes/{nodeId}", ADMIN],
  ["PUT /api/v1/nodes/{nodeId}/status", UNDOERS],
  ["DELETE /api/v1/nodes/{nodeId}", ADMIN],
  ["GET /api/v1/metrics", ALL],
  ["GET /api/v1/metrics/nodes/{nodeId}", ALL],
  ["POST /api/v1/metrics/nodes/{nodeId}", UNDOERS],
  ["POST /api/v1/security/tokens", ADMIN],
  ["POST /api/v1/security/tokens/validate", ALL],
  ["POST /api/v1/security/tokens/revoke", ADMIN],
];

/** What anybody may ask without a token. */
const OPEN = ["GET /health", "POST /api/v1/authentication/login"];

const clients = new Map<Role, Client>();

beforeAll(async () => {
  for (const role of ROLES) clients.set(role, await user(role));
});

/** Asks the operation of something that does not exist: who may is told so, who may not is told that. */
function ask(operation: string, by: Client | undefined): Promise<Answer<Problem>> {
  const [method = "", path = ""] = operation.split(" ");
  const sent = method === "GET" || method === "DELETE" ? {} : { json: {} };
  return (by ?? nobody).send<Problem>(method, path.replace(/\{\w+\}/, "none"), sent);
}

test("every operation of the OpenAPI document has its row", async () => {
  const { body } = await nobody.get<{ paths: Record<string, object> }>("/openapi.json");
  const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const rows = [...ROWS.map(([operation]) => operation), ...OPEN];
  expect(operations.sort()).toEqual(rows.sort());
});

describe.each(ROWS)("%s", (operation, roles) => {
  test(`is for ${roles.join(", ")} and for nobody else`, async () => {
    const allowed: Role[] = [];
    for (const role of ROLES) {
      const { status } = await ask(operation, clients.get(role));
      expect(status).toBeLessThan(500);
      if (status !== 403) allowed.push(role);
    }
    expect(allowed).toEqual(roles);
  });

  test("is refused without a token", async () => {
    const { status, body, headers } = await ask(operation, nobody);
    expect(status).toBe(401);
    // Each dialect in its own form.
    expect(JSON.stringify(body)).toContain('"code":"UNAUTHORIZED"');
    expect(headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
  });

  test("tells its request id and its rate limit, whoever asks", async () => {
    for (const by of [nobody, ...clients.values()]) {
      const { headers } = await ask(operation, by);
      expect(headers.get("X-Request-Id")).toMatch(/^req-/);
      expect(Number(headers.get("X-RateLimit-Limit"))).toBeGreaterThan(0);
      expect(Number(headers.get("X-RateLimit-Remaining"))).toBeGreaterThanOrEqual(0);
      expect(Number(headers.get("X-RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000 - 1);
    }
  });
});

test("a refusal names the roles that may", async () => {
  const { body } = await ask(`POST ${W}/nodes`, clients.get("Viewer"));
  const { username } = clients.get("Viewer") ?? nobody;
  expect(body.error).toMatchObject({
    code: "FORBIDDEN",
    message: `node:register needs the role Admin; ${username} is Viewer.`,
  });
});
