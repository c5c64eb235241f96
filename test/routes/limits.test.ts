// Rate limits: the documented numbers, exact also when everything comes at once.
import { beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Answer, Client, Problem } from "#test/builders/client.ts";
import { MODULES } from "#test/builders/modules.ts";
import { user } from "#test/builders/users.ts";

const W = "/api/v1/wasm";

/** Refused as a module, counted as a request. */
function register(by: Client): Promise<Answer<Problem>> {
  return by.post<Problem>(MODULES, {});
}

function told({ headers }: Answer<unknown>, name: string): number {
  return Number(headers.get(`X-RateLimit-${name}`));
}

describe("registering modules", () => {
  test("is refused the eleventh time in a minute, with when to try again", async () => {
    const by = await user("Developer");
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await register(by)).status).toBe(400);
    }
    const { status, body, headers } = await register(by);
    const { code, message, retryAfter = 0 } = body.error;
    expect([status, code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(message).toBe(`Rate limit exceeded. Try again in ${retryAfter} seconds.`);
    expect(headers.get("Retry-After")).toBe(String(retryAfter));
  });

  test("lets through ten of fifty that come at once, neither more nor less", async () => {
    const by = await user("Developer");
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(by)));
    expect(answers.filter(({ status }) => status === 400).length).toBe(10);
    expect(answers.filter(({ status }) => status === 429).length).toBe(40);
  });

  test("counts down in X-RateLimit-Remaining", async () => {
    const by = await user("Developer");
    const left: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      left.push(told(await register(by), "Remaining"));
    }
    expect(left).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
  });

  test("keeps one reset for the whole minute, no more than that ahead", async () => {
    const by = await user("Developer");
    const first = told(await register(by), "Reset");
    expect(first - Date.now() / 1000).toBeLessThanOrEqual(61);
    expect(told(await register(by), "Reset")).toBe(first);
  });

  test("of one user takes nothing from another's", async () => {
    const [one, other] = await Promise.all([user("Developer"), user("Developer")]);
    for (let attempt = 0; attempt < 11; attempt += 1) await register(one);
    expect((await register(other)).status).toBe(400);
  });

  test("takes nothing from the same user's other requests", async () => {
    const by = await user("Developer");
    for (let attempt = 0; attempt < 11; attempt += 1) await register(by);
    expect((await by.get(MODULES)).status).toBe(200);
  });

  test("is counted for those whose role forbids it too", async () => {
    const by = await user("Viewer");
    for (let attempt = 0; attempt < 10; attempt += 1) await register(by);
    expect((await register(by)).status).toBe(429);
  });
});

describe("the documented limit", () => {
  let by: Client;

  beforeAll(async () => {
    by = await user("Viewer");
  });

  test.each([
    [10, "POST", `${W}/modules`],
    [100, "GET", `${W}/modules`],
    [300, "GET", `${W}/modules/none`],
    [300, "GET", `${W}/modules/none/interface`],
    [10, "DELETE", `${W}/modules/none`],
    [20, "POST", `${W}/deployments`],
    [20, "POST", `${W}/deployments/none/execute`],
    [300, "GET", `${W}/deployments/none`],
    [20, "POST", `${W}/deployments/none/rollback`],
    [10, "POST", `${W}/nodes`],
    [300, "GET", `${W}/nodes/none/health`],
    [10, "POST", `${W}/interfaces`],
    [1000, "POST", `${W}/execute`],
  ])("is %i a minute for %s %s", async (...[limit, method, path]) => {
    const sent = method === "POST" ? { json: {} } : {};
    expect(told(await by.send(method, path, sent), "Limit")).toBe(limit);
  });
});

describe("those who have not logged in", () => {
  function attempt(address: string): Promise<Answer<Problem>> {
    const headers = { "CF-Connecting-IP": address };
    return nobody.post<Problem>("/api/v1/authentication/login", {}, headers);
  }

  test("are counted by their address", async () => {
    for (let count = 0; count < 30; count += 1) await attempt("192.0.2.1");
    expect((await attempt("192.0.2.1")).status).toBe(429);
    expect((await attempt("192.0.2.2")).status).toBe(400);
  });

  test("may be refused three hundred times a minute before they are told to wait", async () => {
    const headers = { "CF-Connecting-IP": "192.0.2.3" };
    const answers = await Promise.all(
      Array.from({ length: 310 }, () => nobody.send("GET", MODULES, { headers })),
    );
    expect(answers.filter(({ status }) => status === 401).length).toBe(300);
    expect(answers.filter(({ status }) => status === 429).length).toBe(10);
  });
});
