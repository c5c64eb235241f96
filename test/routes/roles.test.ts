// Who may do what: one row for each operation of the OpenAPI document, tried as every role and as nobody.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { wakeControllers } from "#control/cluster.ts";
import { ROLES } from "#domain/role.ts";
import type { Role } from "#domain/role.ts";
import { nobody } from "#test/builders/client.ts";
import type { Answer, Client, Problem } from "#test/builders/client.ts";
import { unique, user } from "#test/builders/users.ts";
import { OPEN, ROWS } from "./permissions/table.ts";

const clients = new Map<Role, Client>();

beforeAll(async () => {
  // Without a leader the cluster's operations tell that, whoever asks.
  await wakeControllers(env);
  for (const role of ROLES) clients.set(role, await user(role));
});

/** Asks the operation of something that does not exist: who may is told so, who may not is told that. */
function ask(operation: string, by: Client | undefined): Promise<Answer<Problem>> {
  const [method = "", path = ""] = operation.split(" ");
  const body = method === "GET" || method === "DELETE" ? {} : { json: {} };
  // Budgets of addresses are not what is tried here.
  const sent = { ...body, headers: { "CF-Connecting-IP": unique("address") } };
  return (by ?? nobody).send<Problem>(method, path.replace(/\{\w+\}/, "none"), sent);
}

/** Somebody of that role; somebody new for the one operation after which nobody is let in any more. */
async function of(role: Role, operation: string): Promise<Client | undefined> {
  return operation === "POST /auth/logout" ? user(role) : clients.get(role);
}

type Operation = { readonly "x-action"?: string; readonly "x-resource"?: string };
type Described = { readonly paths: Record<string, Record<string, Operation>> };

async function operations(): Promise<[string, Operation][]> {
  const { body } = await nobody.get<Described>("/openapi.json");
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

const byName = (one: string, other: string): number => one.localeCompare(other);

test("every operation of the OpenAPI document has its row in test/routes/permissions", async () => {
  const named = (await operations()).map(([operation]) => operation).sort(byName);
  const rows = [...ROWS.map(([operation]) => operation), ...OPEN].sort(byName);
  expect(named.filter((operation) => !rows.includes(operation))).toEqual([]);
  expect(rows).toEqual(named);
});

test("every operation tells the one action and resource that its row has", async () => {
  const told = (await operations())
    .filter(([operation]) => !OPEN.includes(operation))
    .map(([operation, it]) => `${operation} ${it["x-action"]} ${it["x-resource"]}`);
  const rows = ROWS.map(([operation, action, resource]) => `${operation} ${action} ${resource}`);
  expect(told.sort(byName)).toEqual(rows.sort(byName));
});

describe.each(ROWS)("%s", (...row) => {
  const [operation, , , roles] = row;

  test(`is for ${roles.join(", ")} and for nobody else`, async () => {
    const allowed: Role[] = [];
    for (const role of ROLES) {
      const { status } = await ask(operation, await of(role, operation));
      expect(status).toBeLessThan(500);
      if (status !== 403) allowed.push(role);
    }
    expect(allowed).toEqual(roles);
  });

  test("is refused without a token", async () => {
    const { status, body, headers } = await ask(operation, nobody);
    expect(status).toBe(401);
    // Each dialect in its own form.
    expect(JSON.stringify(body)).toMatch(/"code":"UNAUTHORIZED"|"success":false|"result":"error"/);
    expect(headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
  });

  test("tells its request id and its rate limit, whoever asks", async () => {
    for (const role of [null, ...ROLES]) {
      const by = role === null ? nobody : await of(role, operation);
      const { headers } = await ask(operation, by);
      expect(headers.get("X-Request-Id")).toMatch(/^req-/);
      expect(Number(headers.get("X-RateLimit-Limit"))).toBeGreaterThan(0);
      expect(Number(headers.get("X-RateLimit-Remaining"))).toBeGreaterThanOrEqual(0);
      expect(Number(headers.get("X-RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000 - 1);
    }
  });
});

test("a refusal names the roles that may", async () => {
  const { body } = await ask("POST /api/v1/wasm/nodes", clients.get("Viewer"));
  const { username } = clients.get("Viewer") ?? nobody;
  expect(body.error).toMatchObject({
    code: "FORBIDDEN",
    message: `node:register needs the role Admin; ${username} is Viewer.`,
  });
});
