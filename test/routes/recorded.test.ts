// Each operation of each dialect that changes anything, refused and failed: the one entry that it leaves, under the name
// that the table of permissions has; and no secret that came with it. What goes well is looked at in the documents' tests.
import { beforeAll, describe, expect, test } from "vitest";
import { ROLES } from "#domain/role.ts";
import type { Role } from "#domain/role.ts";
import { nobody, serverWith } from "#test/builders/client.ts";
import type { Answer, Client } from "#test/builders/client.ts";
import { ledgerEntries, recordedOf } from "#test/builders/ledger.ts";
import { CHANGES } from "#test/builders/recorded.ts";
import { unique, user } from "#test/builders/users.ts";

const MARK = "hunter2";
const JWT = `eyJhbGciOiJIUzI1NiJ9.${MARK}.${MARK}`;
/** Whatever an operation reads as a secret, and what it may tell of what it does not know. */
const SECRETS = {
  password: MARK,
  secret: MARK,
  token: JWT,
  refresh_token: JWT,
  mfa_code: MARK,
  api_key: MARK,
  wasmBinary: MARK,
  username: { password: MARK },
  env: [{ name: "PASSWORD", value: MARK }],
};

const clients = new Map<Role, Client>();
/** How much may be asked a minute is not what is looked at. */
const server = serverWith({ RATE_LIMIT_SCALE: "1000" });

beforeAll(async () => {
  for (const role of ROLES) clients.set(role, (await user(role)).at(server));
});

function ask(operation: string, by: Client): Promise<Answer> {
  const [method = "", template = ""] = operation.split(" ");
  const path = `${template.replaceAll(/\{\w+\}/g, "none")}?token=${MARK}&password=${MARK}`;
  const body = ["GET", "DELETE"].includes(method) ? {} : { json: SECRETS };
  const headers = { Cookie: `session=${MARK}`, "CF-Connecting-IP": unique("address") };
  return by.send(method, path, { ...body, headers });
}

/** Somebody new where the operation ends the session of who asks. */
async function of(role: Role, operation: string): Promise<Client> {
  const client = operation === "POST /auth/logout" ? undefined : clients.get(role);
  return client ?? (await user(role)).at(server);
}

describe.each(CHANGES)("%s", (...row) => {
  const [operation, action, template, roles] = row;
  const resource = template.replace(/\{body\.[^}]*\}/, "*").replace(/\{\w+\}/, "none");
  // What a body names is looked up once it was read, also where it names nothing.
  const named = resource.endsWith("*") ? expect.stringContaining(resource) : resource;

  test.runIf(roles.includes("Admin"))("leaves an entry however it ends", async () => {
    const by = await of("Admin", operation);
    const { status, headers } = await ask(operation, by);
    expect(await recordedOf(headers.get("X-Request-Id"))).toMatchObject([
      { actor: by.username, action, resource: named, result: status < 400 ? "success" : "failure" },
    ]);
  });

  const refused = ROLES.filter((role) => !roles.includes(role));
  test.runIf(refused.length > 0)("leaves an entry when a role is refused", async () => {
    for (const role of refused) {
      const by = await of(role, operation);
      const { status, headers } = await ask(operation, by);
      expect(status).toBe(403);
      expect(await recordedOf(headers.get("X-Request-Id"))).toMatchObject([
        { actor: by.username, action, resource, result: "refused" },
      ]);
    }
  });

  test("leaves an entry when nobody is known", async () => {
    const { headers } = await ask(operation, nobody.at(server));
    expect(await recordedOf(headers.get("X-Request-Id"))).toMatchObject([
      { actor: null, action: "token:present", result: "refused" },
    ]);
  });
});

test("a login and a refresh that fail leave an entry each", async () => {
  for (const operation of ["POST /auth/login", "POST /api/v1/authentication/login"]) {
    const [, path = ""] = operation.split(" ");
    const credentials = { username: MARK, password: MARK };
    const headers = { "CF-Connecting-IP": unique("address") };
    const answer = await nobody.at(server).send("POST", path, { json: credentials, headers });
    expect(answer.status).toBe(401);
    expect(await recordedOf(answer.headers.get("X-Request-Id"))).toMatchObject([
      { action: "session:begin", result: "refused" },
    ]);
  }
});

test("no secret of any of these requests is in the ledger", async () => {
  const entries = await ledgerEntries();
  expect(entries.length).toBeGreaterThan(CHANGES.length * 2);
  expect(JSON.stringify(entries)).not.toContain(MARK);
});
