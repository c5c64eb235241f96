// System Information of the 002 document: the fields that it shows, beside those of the other documents.
import { beforeAll, describe, expect, test } from "vitest";
import { APPS, runApp, send, visit } from "#test/builders/apps.ts";
import { eventually } from "#test/builders/deployments.ts";
import { place } from "#test/builders/nodes.ts";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const number = expect.any(Number);
/** Null where no node measured it. */
const isMeasured = (value: unknown): boolean => value === null || typeof value === "number";

describe("the system", () => {
  let app = "";

  beforeAll(async () => {
    await place(2);
    app = await runApp(2);
  });

  /** As it is once the app was looked at while it served. */
  async function measured() {
    await visit(app, "/");
    await send("GET", `${APPS}/${app}/metrics`);
    return send<{ applications: { memory_mb: number }[] }>("GET", "/api/v1/metrics");
  }

  test("System Health", async () => {
    const { status, body } = await send("GET", "/health");
    expect([status, body]).toMatchObject([
      200,
      {
        status: expect.stringMatching(/^(?:healthy|degraded)$/),
        timestamp: time,
        version: "1.0.0",
        uptime_seconds: number,
        components: {
          database: { status: "healthy", response_time_ms: number },
          docker: { status: expect.any(String), containers_running: 2 },
          nginx: { status: "healthy", configs_active: 1 },
        },
        applications: { total: 1, running: 1, stopped: 0, error: 0 },
      },
    ]);
  });

  test("System Metrics", async () => {
    const { status, body } = await eventually(
      measured,
      ({ body }) => (body.applications[0]?.memory_mb ?? 0) > 0,
    );
    expect([status, body]).toMatchObject([
      200,
      {
        timestamp: time,
        system: {
          cpu_percent: expect.toSatisfy(isMeasured),
          memory_used_gb: expect.toSatisfy(isMeasured),
          memory_total_gb: expect.toSatisfy(isMeasured),
          disk_used_gb: expect.toSatisfy(isMeasured),
          disk_total_gb: expect.toSatisfy(isMeasured),
          containers_running: 2,
          containers_total: 2,
        },
        applications: [
          { name: app, cpu_percent: number, memory_mb: number, replicas: 2, rps: number },
        ],
        network: {
          requests_per_second: number,
          total_requests: number,
          error_rate_percent: number,
          avg_response_time_ms: number,
        },
      },
    ]);
  });
});
