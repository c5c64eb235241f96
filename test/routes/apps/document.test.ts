// The request examples of the 002 document for apps, in its order. The images are WASM modules.
import { beforeAll, describe, expect, test } from "vitest";
import { REGISTERED } from "#test/domain/app/documented.ts";
import { APPS, appOf, image, saidOf, send, specOf, untilApp, visit } from "#test/builders/apps.ts";
import { eventually } from "#test/builders/deployments.ts";
import { place } from "#test/builders/nodes.ts";
import { expectRecorded } from "#test/builders/recorded.ts";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const number = expect.any(Number);
const APP = `${APPS}/my-app`;

const MEASURED = { cpu_percent: number, memory_percent: number, rps: number };

const CONTAINER = {
  id: expect.any(String),
  name: expect.stringMatching(/^my-app-\d+$/),
  ip: expect.stringMatching(/example\.com$/),
  port: 80,
  status: "running",
  health: "healthy",
  started_at: time,
};

describe("the 002 document, example by example", () => {
  let shop = "";

  beforeAll(async () => {
    await place(3);
    shop = await image();
  });

  test("Register Application", async () => {
    const { status, body } = await send("POST", `${APPS}/register`, { json: REGISTERED });
    expect([status, body]).toEqual([
      201,
      { message: "Application registered successfully", app_name: "my-app", status: "registered" },
    ]);
    const { body: spec } = await send("GET", `${APP}/spec`);
    expect(spec).toEqual(REGISTERED);
  });

  test("Register Application: what can't be run is told when it is to start", async () => {
    const { status, body } = await send("POST", `${APP}/start`, { json: { replicas: 3 } });
    expect([status, body]).toMatchObject([
      400,
      { code: "INVALID_SPEC", details: expect.stringContaining("spec.image: ") },
    ]);
    const { status: now, error } = await appOf("my-app");
    expect([now, error]).toEqual(["error", expect.stringContaining("nginx:alpine")]);
    const changed = await send("PUT", `${APP}/spec`, { json: specOf("my-app", shop) });
    expect([changed.status, changed.body["app_name"]]).toEqual([200, "my-app"]);
  });

  test("Start Application", async () => {
    const json = { replicas: 3, wait: true, timeout: 300 };
    const { status, body } = await send("POST", `${APP}/start`, { json });
    expect([status, body]).toEqual([
      200,
      {
        message: "Application started successfully",
        app_name: "my-app",
        replicas: 3,
        status: "running",
      },
    ]);
  });

  test("Scale Application", async () => {
    const json = { replicas: 5, wait: true, timeout: 300 };
    const { status, body } = await send("POST", `${APP}/scale`, { json });
    expect([status, body]).toEqual([
      200,
      {
        message: "Application scaled successfully",
        app_name: "my-app",
        previous_replicas: 3,
        current_replicas: 5,
        scaling_time: number,
      },
    ]);
    expect(body["scaling_time"]).toBeGreaterThan(0);
  });

  test("Get Application Status", async () => {
    const { status, body } = await send<Awaited<ReturnType<typeof appOf>>>("GET", APP);
    expect([status, body]).toMatchObject([
      200,
      {
        name: "my-app",
        status: "running",
        replicas: { current: 5, desired: 5, healthy: 5 },
        metrics: { ...MEASURED, active_connections: number },
        created_at: time,
        updated_at: time,
        last_scaled_at: time,
      },
    ]);
    expect(body.containers).toHaveLength(5);
    for (const container of body.containers) expect(container).toMatchObject(CONTAINER);
  });

  test("List Applications", async () => {
    const { status, body } = await send("GET", APPS);
    expect([status, body]).toEqual([
      200,
      {
        apps: [
          {
            name: "my-app",
            status: "running",
            replicas: { current: 5, desired: 5 },
            image: shop,
            created_at: time,
          },
        ],
        total: 1,
        running: 1,
        stopped: 0,
        error: 0,
      },
    ]);
    const stopped = await send("GET", `${APPS}?status=stopped&format=summary`);
    expect(stopped.body).toMatchObject({ apps: [], total: 1 });
  });

  test("Get Application Metrics", async () => {
    await send("GET", `${APP}/metrics`);
    await scheduler.wait(1_100);
    for (let visits = 0; visits < 10; visits += 1) await visit("my-app", "/");
    await scheduler.wait(1_100);
    const { status, body } = await send("GET", `${APP}/metrics?history=10&interval=5m`);
    expect([status, body]).toMatchObject([
      200,
      {
        app_name: "my-app",
        timestamp: time,
        current: {
          ...MEASURED,
          latency_p95_ms: number,
          active_connections: 0,
          healthy_replicas: 5,
          total_replicas: 5,
        },
        history: [{ timestamp: time, ...MEASURED }],
      },
    ]);
    const { current } = body as { current: { rps: number; cpu_percent: number } };
    expect(current.rps).toBeGreaterThan(0);
    expect(current.cpu_percent).toBeGreaterThan(0);
  });

  test("Get Application Events", async () => {
    const { status, body } = await send("GET", `${APP}/events?type=scaling&since=1h&limit=1`);
    expect([status, body]).toMatchObject([
      200,
      {
        app_name: "my-app",
        events: [
          {
            id: number,
            type: "scaling",
            message: expect.stringContaining("Scaled from 3 to 5 replicas"),
            timestamp: time,
            details: { previous_replicas: 3, new_replicas: 5, trigger: "manual" },
          },
        ],
        total: 1,
        has_more: false,
      },
    ]);
    const all = await send("GET", `${APP}/events?limit=1`);
    expect(all.body).toMatchObject({ has_more: true });
  });

  test("Get Application Logs", async () => {
    expect(await visit("my-app", "/order")).toBe(201);
    const { body, status } = await eventually(
      () => send("GET", `${APP}/logs?tail=5&since=1h`),
      ({ body }) => JSON.stringify(body).includes("order taken"),
    );
    expect([status, body]).toMatchObject([
      200,
      { app_name: "my-app", total_lines: number, has_more: true },
    ]);
    const { logs } = body as { logs: { message: string; container: string }[] };
    const line = logs.find(({ message }) => message === "order taken");
    expect(line).toEqual({
      timestamp: time,
      container: expect.stringMatching(/^my-app-\d+$/),
      level: "INFO",
      message: "order taken",
    });
    const own = await send("GET", `${APP}/logs?container=${line?.container}`);
    const named = (own.body as { logs: { container: string }[] }).logs;
    expect(new Set(named.map(({ container }) => container))).toEqual(new Set([line?.container]));
  });

  test("Get Scaling Policy", async () => {
    const { status, body } = await send("GET", `${APP}/scaling`);
    expect([status, body]).toMatchObject([
      200,
      {
        app_name: "my-app",
        mode: "auto",
        policy: {
          min_replicas: 1,
          max_replicas: 5,
          target_rps_per_replica: 50,
          max_p95_latency_ms: 250,
          max_cpu_percent: 70,
          max_memory_percent: 75,
          scale_out_threshold_pct: 80,
          scale_in_threshold_pct: 30,
          window_seconds: 60,
          cooldown_seconds: 180,
        },
        last_scaling_event: {
          timestamp: time,
          action: "scale_out",
          from_replicas: 3,
          to_replicas: 5,
          reason: expect.any(String),
        },
      },
    ]);
  });

  test("Update Scaling Policy", async () => {
    const { status, body } = await send("PUT", `${APP}/scaling`, {
      json: {
        mode: "auto",
        min_replicas: 2,
        max_replicas: 10,
        target_rps_per_replica: 100,
        max_p95_latency_ms: 200,
        scale_out_threshold_pct: 75,
        scale_in_threshold_pct: 25,
      },
    });
    expect([status, body]).toMatchObject([
      200,
      {
        message: "Scaling policy updated successfully",
        app_name: "my-app",
        previous_policy: { min_replicas: 1, max_replicas: 5 },
        new_policy: { min_replicas: 2, max_replicas: 10, target_rps_per_replica: 100 },
      },
    ]);
  });

  test("Get Health Status", async () => {
    const { status, body } = await send("GET", `${APP}/health`);
    expect([status, body]).toMatchObject([
      200,
      {
        app_name: "my-app",
        overall_health: "healthy",
        healthy_replicas: 5,
        total_replicas: 5,
        health_check_config: {
          path: "/health",
          port: 80,
          protocol: "HTTP",
          period_seconds: 1,
          timeout_seconds: 5,
          failure_threshold: 2,
        },
      },
    ]);
    const { containers } = body as { containers: unknown[] };
    expect(containers).toHaveLength(5);
    for (const container of containers) {
      expect(container).toMatchObject({
        id: expect.any(String),
        name: expect.stringMatching(/^my-app-\d+$/),
        health: "healthy",
        last_check: time,
        consecutive_failures: 0,
        response_time_ms: number,
      });
    }
  });

  test("Trigger Health Check", async () => {
    const { status, body } = await send("POST", `${APP}/health/check`);
    expect([status, body]).toEqual([
      200,
      {
        message: "Health check triggered",
        app_name: "my-app",
        containers_checked: 5,
        healthy: 5,
        unhealthy: 0,
      },
    ]);
  });

  test("Stop Application", async () => {
    const { status, body } = await send("POST", `${APP}/stop`, {
      json: { force: false, timeout: 30 },
    });
    expect([status, body]).toEqual([
      200,
      { message: "Application stopped successfully", app_name: "my-app", status: "stopped" },
    ]);
    const app = await untilApp("my-app", ({ containers }) => containers.length === 0);
    expect(app.replicas).toEqual({ current: 0, desired: 0, healthy: 0 });
  });

  test("Start Application, without a body", async () => {
    const { status, body } = await send("POST", `${APP}/start`);
    expect([status, body]).toMatchObject([200, { replicas: 2, status: "running" }]);
  });

  test("Remove Application", async () => {
    const { status, body } = await send("DELETE", `${APP}?force=true&keep_data=false`);
    expect([status, body]).toEqual([
      200,
      {
        message: "Application removed successfully",
        app_name: "my-app",
        containers_removed: 2,
        volumes_removed: 0,
      },
    ]);
    expect((await send("GET", APP)).status).toBe(404);
    expect(await saidOf("my-app")).not.toContain("order taken");
  });
});

test("every change is in the ledger", async () => expectRecorded());
