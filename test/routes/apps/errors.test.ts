// The error codes of the 002 document, each by a request that meets it.
import { beforeAll, describe, expect, test } from "vitest";
import { REGISTERED } from "#test/domain/app/documented.ts";
import { APPS, registerApp, runApp, send, start } from "#test/builders/apps.ts";
import { nobody } from "#test/builders/client.ts";
import { place } from "#test/builders/nodes.ts";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

describe("Error Responses", () => {
  test("APP_NOT_FOUND, word for word", async () => {
    const { status, body } = await send("GET", `${APPS}/nothing`);
    expect([status, body]).toEqual([
      404,
      {
        error: "Application not found",
        details: "Application 'nothing' does not exist",
        code: "APP_NOT_FOUND",
        timestamp: time,
      },
    ]);
  });

  test("a name that no app can have is refused by name, before the spec is read", async () => {
    const { status, body } = await send("PUT", `${APPS}/-/spec`, { json: REGISTERED });
    expect([status, body]).toMatchObject([
      400,
      { code: "VALIDATION_ERROR", details: expect.stringContaining("app_name") },
    ]);
  });

  test.each([
    { method: "POST", path: "/start" },
    { method: "POST", path: "/stop" },
    { method: "POST", path: "/scale", json: { replicas: 1 } },
    { method: "GET", path: "/spec" },
    { method: "PUT", path: "/spec", json: REGISTERED },
    { method: "GET", path: "/metrics" },
    { method: "GET", path: "/events" },
    { method: "GET", path: "/logs" },
    { method: "GET", path: "/scaling" },
    { method: "PUT", path: "/scaling", json: {} },
    { method: "GET", path: "/health" },
    { method: "POST", path: "/health/check" },
    { method: "DELETE", path: "" },
  ])("APP_NOT_FOUND for $method $path", async ({ method, path, json }) => {
    const sent = json === undefined ? {} : { json };
    const { status, body } = await send(method, `${APPS}/nothing${path}`, sent);
    expect([status, body]).toMatchObject([404, { code: "APP_NOT_FOUND" }]);
  });

  test("APP_ALREADY_EXISTS, INVALID_SPEC and VALIDATION_ERROR", async () => {
    const json = { ...REGISTERED, metadata: { name: "twice" } };
    await send("POST", `${APPS}/register`, { json });
    const again = await send("POST", `${APPS}/register`, { json });
    expect([again.status, again.body]).toMatchObject([
      409,
      { error: "Application already registered", code: "APP_ALREADY_EXISTS", timestamp: time },
    ]);
    const wrong = await send("POST", `${APPS}/register`, { json: { ...json, kind: "Pod" } });
    expect([wrong.status, wrong.body]).toMatchObject([
      400,
      { code: "INVALID_SPEC", details: "kind: expected App" },
    ]);
    const scaled = await send("POST", `${APPS}/twice/scale`, { json: { replicas: "many" } });
    expect([scaled.status, scaled.body]).toMatchObject([
      400,
      { code: "VALIDATION_ERROR", details: expect.stringContaining("replicas") },
    ]);
    const policy = await send("PUT", `${APPS}/twice/scaling`, { json: { max_replicas: 0 } });
    expect([policy.status, policy.body]).toMatchObject([
      400,
      { code: "VALIDATION_ERROR", details: expect.stringContaining("max_replicas: expected") },
    ]);
  });

  test("asks for a token", async () => {
    const { status, body } = await nobody.get(`${APPS}/twice`);
    expect([status, body]).toMatchObject([401, { code: "UNAUTHORIZED", timestamp: time }]);
  });

  test("INSUFFICIENT_RESOURCES, when there is no node for a replica", async () => {
    const name = await registerApp();
    const { status, body } = await start(name, { replicas: 1, timeout: 1 });
    expect([status, body]).toMatchObject([503, { code: "INSUFFICIENT_RESOURCES" }]);
  });

  describe("with nodes", () => {
    beforeAll(() => place(2));

    test("CONFLICT, when what was never started is scaled", async () => {
      const name = await registerApp();
      const { status, body } = await send("POST", `${APPS}/${name}/scale`, {
        json: { replicas: 2 },
      });
      expect([status, body]).toMatchObject([409, { details: expect.stringContaining("start it") }]);
    });

    test("VALIDATION_ERROR, when the policy doesn't allow so many", async () => {
      const name = await runApp(1);
      const { status, body } = await send("POST", `${APPS}/${name}/scale`, {
        json: { replicas: 6 },
      });
      expect([status, body]).toMatchObject([
        400,
        { code: "VALIDATION_ERROR", details: expect.stringContaining("expected 1 to 5") },
      ]);
    });

    test("SCALING_IN_PROGRESS, for one of two that come at once", async () => {
      const name = await runApp(1);
      const scale = (replicas: number) =>
        send("POST", `${APPS}/${name}/scale`, { json: { replicas, wait: false } });
      const answers = await Promise.all([scale(2), scale(3)]);
      const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
      expect(statuses).toEqual([200, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expect(refused?.body).toMatchObject({ code: "SCALING_IN_PROGRESS" });
    });
  });
});
