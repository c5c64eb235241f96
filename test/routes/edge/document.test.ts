// The request examples of the 001 document that need no workload, in its order.
import { beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { admin } from "#test/builders/users.ts";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const API = "/api/v1";
const NODE = {
  name: "edge-node-1",
  address: "192.168.1.100",
  capabilities: ["compute", "storage", "gpu"],
  resources: { cpu: "4", memory: "8Gi", storage: "100Gi" },
  labels: { location: "datacenter-1", environment: "production" },
};

describe("the 001 document, example by example", () => {
  let by: Client;
  let id = "";
  let token = "";

  beforeAll(async () => {
    by = await admin();
  });

  test("Register Node", async () => {
    const { status, body } = await by.post<{ id: string }>(`${API}/nodes`, NODE);
    ({ id } = body);
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^node-/),
        name: "edge-node-1",
        address: "192.168.1.100",
        status: "registered",
        registered_at: time,
      },
    ]);
  });

  test("Get All Nodes", async () => {
    const { status, body, headers } = await by.get(`${API}/nodes`);
    const node = {
      id,
      name: "edge-node-1",
      address: "192.168.1.100",
      status: "active",
      last_heartbeat: time,
    };
    const pagination = { total: 1, page: 1, limit: 20, pages: 1 };
    expect([status, body]).toEqual([200, { nodes: [node], items: [node], pagination }]);
    expect(headers.get("X-RateLimit-Remaining")).toMatch(/^\d+$/);
  });

  test("Get Node Details", async () => {
    const { status, body } = await by.get(`${API}/nodes/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      ...NODE,
      status: "active",
      registered_at: time,
      last_heartbeat: time,
    });
  });

  test("Update Node Status", async () => {
    const { status, body } = await by.send("PUT", `${API}/nodes/${id}/status`, {
      json: {
        status: "active",
        heartbeat: true,
        resources: { cpu_usage: "2.5", memory_usage: "4Gi", storage_usage: "50Gi" },
      },
    });
    expect([status, body]).toEqual([
      200,
      { id, name: "edge-node-1", status: "active", last_heartbeat: time },
    ]);
    const usage = (await by.get(`${API}/nodes/${id}`)).body["resources_usage"];
    expect(usage).toEqual({ cpu_usage: "2.5", memory_usage: "4Gi", storage_usage: "50Gi" });
  });

  test("Record Node Metrics", async () => {
    const { status, body } = await by.post(`${API}/metrics/nodes/${id}`, {
      timestamp: "2023-07-01T12:40:00Z",
      cpu_usage: 45.5,
      memory_usage: 3.2,
      memory_total: 8.0,
      disk_usage: 42.8,
      disk_total: 100.0,
      network: { rx_bytes: 1024000, tx_bytes: 512000 },
      containers: [{ name: "web-app-1", cpu_usage: 15.2, memory_usage: 120.5 }],
    });
    expect([status, body]).toEqual([
      201,
      { success: true, recorded_at: "2023-07-01T12:40:00.000Z" },
    ]);
  });

  test("Get Node Metrics", async () => {
    await by.post(`${API}/metrics/nodes/${id}`, { cpu_usage: 42.1, memory_usage: 3.1 });
    const { status, body } = await by.get(`${API}/metrics/nodes/${id}?timeframe=1h&resolution=5m`);
    expect([status, body]).toMatchObject([
      200,
      {
        node_id: id,
        node_name: "edge-node-1",
        timeframe: "1h",
        resolution: "5m",
        metrics: {
          cpu_usage: [{ timestamp: time, value: 42.1 }],
          memory_usage: [{ timestamp: time, value: 3.1 }],
          disk_usage: [],
        },
      },
    ]);
  });

  test("Get All Metrics", async () => {
    const { status, body } = await by.get(`${API}/metrics?timeframe=1h&resolution=5m`);
    expect([status, body]).toMatchObject([
      200,
      {
        timeframe: "1h",
        resolution: "5m",
        nodes_count: 1,
        aggregated: { cpu_usage_avg: [{ value: 42.1 }], memory_usage_avg: [{ value: 3.1 }] },
        nodes: { [id]: { name: "edge-node-1", cpu_usage_avg: 42.1, memory_usage_avg: 3.1 } },
        system: { cpu_percent: 42.1, memory_used_gb: 3.1 },
      },
    ]);
  });

  test("Generate Token", async () => {
    const given = { node_id: id, expiration: "24h" };
    const { status, body } = await by.post<{ token: string }>(`${API}/security/tokens`, given);
    ({ token } = body);
    expect([status, body]).toEqual([
      201,
      { token: expect.stringMatching(/^eyJ/), expires_at: time },
    ]);
  });

  test("Validate Token", async () => {
    const { status, body } = await by.post(`${API}/security/tokens/validate`, { token });
    expect([status, body]).toEqual([200, { valid: true, node_id: id, expires_at: time }]);
  });

  test("Revoke Token", async () => {
    const { status, body } = await by.post(`${API}/security/tokens/revoke`, { token });
    expect([status, body]).toEqual([200, { success: true, message: "Token successfully revoked" }]);
    const after = await by.post(`${API}/security/tokens/validate`, { token });
    expect(after.body).toMatchObject({ valid: false, node_id: id });
  });

  test("Delete Node", async () => {
    const { status, body } = await by.send("DELETE", `${API}/nodes/${id}`);
    expect([status, body]).toEqual([200, { success: true, message: "Node successfully removed" }]);
    expect((await by.get(`${API}/nodes/${id}`)).status).toBe(404);
  });

  test.each([
    {
      what: "no name",
      method: "POST",
      path: "/nodes",
      sent: { json: { address: "a" } },
      status: 400,
      problem: { code: "BAD_REQUEST", details: { name: expect.any(String) } },
    },
    {
      what: "an unknown node",
      method: "GET",
      path: "/nodes/none",
      sent: {},
      status: 404,
      problem: { code: "NOT_FOUND", details: {} },
    },
    {
      what: "an unknown path",
      method: "GET",
      path: "/nodes/none/none/none",
      sent: {},
      status: 404,
      problem: { code: "NOT_FOUND" },
    },
    {
      what: "a token for no node",
      method: "POST",
      path: "/security/tokens",
      sent: { json: { node_id: "none" } },
      status: 404,
      problem: { code: "NOT_FOUND" },
    },
  ])("Error Responses: $what", async ({ method, path, sent, status, problem }) => {
    const answer = await by.send(method, `${API}${path}`, sent);
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { error: true, message: expect.any(String), ...problem },
    ]);
  });

  test("asks for a token", async () => {
    const { status, body } = await nobody.get(`${API}/nodes`);
    expect([status, body]).toMatchObject([401, { error: true, code: "UNAUTHORIZED" }]);
  });
});
