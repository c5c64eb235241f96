// D1 that can't be reached: every dialect says so in its own form, and that it may be tried again.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { serverWith } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { user } from "#test/builders/users.ts";

let admin: Client;

beforeAll(async () => {
  admin = await user("Admin");
});

/** Fails as D1 does where each query would be answered. */
function failing(message: string): D1Database {
  const fail = () => Promise.reject(new Error(message));
  const statement = { bind: () => statement, all: fail, raw: fail, run: fail, first: fail };
  // Whatever else is asked of it is asked of the real one.
  return new Proxy(env.DB, {
    get: (database, key): unknown => {
      if (key === "prepare") return () => statement;
      return key === "batch" ? fail : Reflect.get(database, key);
    },
  });
}

describe.each([
  "/api/v1/wasm/modules",
  "/api/v1/workloads",
  "/api/v1/apps",
  "/tasks",
  "/wadm/api/default/model/list",
])("GET %s", (path) => {
  test.each([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  ])("is answered 503 with when to try again where D1 says %j", async (message) => {
    const { status, headers } = await admin.at(serverWith({ DB: failing(message) })).get(path);
    expect([status, headers.get("Retry-After")]).toEqual([503, "1"]);
  });

  test("is answered 500 where a query is wrong", async () => {
    const wrong = failing('D1_ERROR: near "colour": syntax error at offset 7: SQLITE_ERROR');
    const { status } = await admin.at(serverWith({ DB: wrong })).get(path);
    expect(status).toBe(500);
  });
});
