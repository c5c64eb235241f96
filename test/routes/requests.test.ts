// What holds for every request: bounded and strict bodies, one form of error, an id on every answer.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { nobody, serverWith } from "#test/builders/client.ts";
import type { Answer, Client, Problem, Sent } from "#test/builders/client.ts";
import { EXECUTE } from "#test/builders/deployments.ts";
import { user } from "#test/builders/users.ts";

const W = "/api/v1/wasm";
const JSON_TYPE = { "Content-Type": "application/json" };

let by: Client;

beforeAll(async () => {
  by = await user("Admin");
});

function send(method: string, path: string, sent: Sent = {}): Promise<Answer<Problem>> {
  return by.send<Problem>(method, path, sent);
}

const POSTS = [
  `${W}/modules`,
  `${W}/deployments`,
  `${W}/nodes`,
  `${W}/interfaces`,
  `${W}/execute`,
  "/api/v1/authentication/users",
  "/api/v1/authentication/login",
];

describe.each(POSTS)("POST %s", (path) => {
  test("refuses JSON that is malformed", async () => {
    const { status, body } = await send("POST", path, { body: '{"a":', headers: JSON_TYPE });
    expect([status, body.error.code]).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("refuses a body of another type", async () => {
    const headers = { "Content-Type": "text/plain" };
    const { status, body } = await send("POST", path, { body: "{}", headers });
    expect([status, body.error.code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  });

  test("refuses fields that nobody knows, and names them", async () => {
    const { status, body } = await send("POST", path, { json: { surprise: true } });
    expect(status).toBe(400);
    expect(body.error.details.join()).toMatch(
      path.endsWith("deployments") ? /strategy/ : /surprise/,
    );
  });

  test.each(["null", "[]", "7", '"text"'])("refuses %s in place of an object", async (body) => {
    expect((await send("POST", path, { body, headers: JSON_TYPE })).status).toBe(400);
  });

  test("refuses to be without a body", async () => {
    expect([400, 415]).toContain((await send("POST", path)).status);
  });
});

describe("a JSON body of more than a megabyte", () => {
  test.each(POSTS.slice(1))("is refused at %s", async (path) => {
    const { status, body } = await send("POST", path, { json: { text: "x".repeat(1024 * 1024) } });
    expect([status, body.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  test("is refused before it was read to its end", async () => {
    let pulled = 0;
    const chunk = new TextEncoder().encode(" ".repeat(64 * 1024));
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(chunk.slice());
      },
    });
    const { status } = await send("POST", EXECUTE, { body, headers: JSON_TYPE });
    expect(status).toBe(413);
    expect(pulled).toBeLessThan(24);
  });
});

describe("a path that is none", () => {
  test.each([
    ["GET", `${W}/none`],
    ["PUT", `${W}/modules`],
    ["DELETE", `${W}/deployments/x`],
    ["POST", `${W}/modules/`],
    ["GET", "/api/v1/none"],
    ["GET", "/none"],
  ])("(%s %s) is not found, in the dialect's own form", async (method, path) => {
    const { status, body } = await send(method, path);
    expect([status, body.error.code]).toEqual([404, "NOT_FOUND"]);
    expect(body.error.message).toContain(`${method} ${path}`);
  });

  test("below /api/v1 is counted", async () => {
    const { headers } = await send("GET", "/api/v1/none");
    expect(headers.get("X-RateLimit-Limit")).toBe("300");
  });
});

describe("every error", () => {
  test.each<[number, string, string, Sent]>([
    [400, "GET", `${W}/modules?limit=0`, {}],
    [400, "POST", `${W}/execute`, { json: {} }],
    [404, "GET", `${W}/modules/none`, {}],
    [404, "GET", `${W}/none`, {}],
    [404, "GET", "/none", {}],
    [413, "POST", `${W}/execute`, { json: "x".repeat(1024 * 1024) }],
    [415, "POST", `${W}/execute`, { body: "a", headers: { "Content-Type": "text/plain" } }],
    [401, "GET", `${W}/modules`, { headers: { Authorization: "Bearer none" } }],
  ])("of %i has the documented form (%s %s)", async (...[expected, method, path, sent]) => {
    const { status, body, headers } = await send(method, path, sent);
    expect([status, body]).toEqual([
      expected,
      {
        error: {
          code: expect.stringMatching(/^[A-Z_]+$/),
          message: expect.stringMatching(/./),
          details: expect.any(Array),
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          requestId: headers.get("X-Request-Id"),
        },
      },
    ]);
    expect(headers.get("Content-Type")).toMatch(/^application\/json/);
  });

  test("that is a bug of ours tells nothing but the id which the log has", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const prepare = (): never => {
      throw new Error("no such table: users");
    };
    const DB = new Proxy(env.DB, { get: () => prepare });
    const { status, body } = await by.at(serverWith({ DB })).get<Problem>(`${W}/modules`);
    const lines = logged.mock.calls.flat().map(String).join("\n");
    logged.mockRestore();
    expect([status, body.error.code, body.error.details]).toEqual([500, "INTERNAL_ERROR", []]);
    expect(JSON.stringify(body)).not.toContain("users");
    expect(lines).toContain(body.error.requestId);
  });
});

describe("X-Request-Id", () => {
  test.each(["/health", "/openapi.json", "/docs", "/none", `${W}/modules`])(
    "is on the answer of %s",
    async (path) => {
      expect((await nobody.get(path)).headers.get("X-Request-Id")).toMatch(/^req-/);
    },
  );

  test("is another for each request", async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await nobody.get("/health")).headers));
    expect(new Set(ids.map((headers) => headers.get("X-Request-Id"))).size).toBe(3);
  });

  test("that a caller gives is kept", async () => {
    const headers = { "X-Request-Id": "trace-42" };
    const answer = await nobody.send("GET", "/health", { headers });
    expect(answer.headers.get("X-Request-Id")).toBe("trace-42");
  });
});
