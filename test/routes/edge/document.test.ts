// The request examples of the 001 document, in its order but for the deletion of what others need.
import { beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { DEPLOYMENTS, eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { admin } from "#test/builders/users.ts";
import { expectRecorded } from "#test/builders/recorded.ts";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const API = "/api/v1";
const NODE = {
  name: "edge-node-1",
  address: "192.168.1.100",
  capabilities: ["compute", "storage", "gpu"],
  resources: { cpu: "4", memory: "8Gi", storage: "100Gi" },
  labels: { location: "datacenter-1", environment: "production" },
};
const WORKLOAD = {
  name: "web-app",
  namespace: "default",
  type: "deployment",
  image: "nginx:latest",
  replicas: 3,
  resources: {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "200m", memory: "256Mi" },
  },
  placement: {
    strategy: "edge-first",
    constraints: [{ key: "location", operator: "In", values: ["datacenter-1"] }],
  },
};
const CHANGE = {
  replicas: 5,
  resources: {
    requests: { cpu: "200m", memory: "256Mi" },
    limits: { cpu: "400m", memory: "512Mi" },
  },
};

describe("the 001 document, example by example", () => {
  let by: Client;
  let id = "";
  let token = "";
  let workload = "";
  const path = () => `${API}/workloads/${workload}`;

  beforeAll(async () => {
    by = await admin();
  });

  test("Health Check", async () => {
    const { status, body } = await nobody.get(`${API}/health`);
    expect([status, body]).toMatchObject([200, { version: "1.0.0", timestamp: time }]);
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

  test("Create Workload: an image that no module has is refused, and says why", async () => {
    const { status, body } = await by.post(`${API}/workloads`, WORKLOAD);
    expect([status, body]).toMatchObject([404, { error: true, code: "NOT_FOUND" }]);
    expect(body["message"]).toContain("Container images don't run here");
  });

  test("Create Workload", async () => {
    await module(undefined, { name: "nginx" });
    const { status, body } = await by.post<{ id: string }>(`${API}/workloads`, WORKLOAD);
    ({ id: workload } = body);
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^workload-/),
        name: "web-app",
        namespace: "default",
        status: "created",
        created_at: time,
        resource_version: 1,
      },
    ]);
    const again = await by.post(`${API}/workloads`, WORKLOAD);
    expect([again.status, again.body]).toMatchObject([409, { error: true, code: "CONFLICT" }]);
  });

  test("Get All Workloads", async () => {
    const running = await eventually(
      () => by.get<{ workloads: { status: string }[] }>(`${API}/workloads?namespace=default`),
      ({ body }) => body.workloads[0]?.status === "running",
    );
    const only = {
      id: workload,
      name: "web-app",
      namespace: "default",
      type: "deployment",
      status: "running",
      created_at: time,
    };
    const pagination = { total: 1, page: 1, limit: 20, pages: 1 };
    expect(running.body).toEqual({ workloads: [only], items: [only], pagination });
  });

  test("Get Workload Details", async () => {
    const { status, body, headers } = await by.get(path());
    expect([status, headers.get("ETag")]).toEqual([200, '"1"']);
    expect(body).toMatchObject({
      ...WORKLOAD,
      id: workload,
      status: "running",
      nodes: [id],
      created_at: time,
      updated_at: time,
    });
  });

  test("Update Workload", async () => {
    const { status, body } = await by.send("PUT", path(), { json: CHANGE });
    expect([status, body]).toEqual([
      200,
      {
        id: workload,
        name: "web-app",
        status: "updating",
        updated_at: time,
        resource_version: 2,
      },
    ]);
    const after = await eventually(
      () => by.get(path()),
      (told) => told.body["status"] === "running",
    );
    expect(after.body).toMatchObject({ ...CHANGE, image: "nginx:latest", ready_replicas: 5 });
  });

  test.each([{ headers: { "If-Match": '"1"' } }, { json: { resource_version: 1 } }])(
    "Update Workload: a stale write is refused (%j)",
    async ({ headers = {}, json = {} }) => {
      const sent = { headers, json: { replicas: 2, ...json } };
      const { status, body } = await by.send("PUT", path(), sent);
      expect([status, body]).toMatchObject([409, { error: true, code: "CONFLICT" }]);
    },
  );

  test("Deploy Workload", async () => {
    const other = { ...NODE, name: "edge-node-2", address: "192.168.1.101" };
    const second = (await by.post<{ id: string }>(`${API}/nodes`, other)).body.id;
    const nodes = [id, second];
    const unknown = await by.post(`${path()}/deploy`, { nodes: ["none"], strategy: "rolling" });
    expect([unknown.status, unknown.body]).toMatchObject([
      400,
      { code: "BAD_REQUEST", details: { nodes: expect.stringContaining("none") } },
    ]);
    const { status, body } = await by.post<{ deployment_id: string }>(`${path()}/deploy`, {
      nodes,
      strategy: "rolling",
    });
    expect([status, body]).toEqual([
      202,
      {
        id: workload,
        name: "web-app",
        status: "deploying",
        deployment_id: expect.stringMatching(/^deploy-/),
        target_nodes: nodes,
        started_at: time,
      },
    ]);
    const deployment = `${DEPLOYMENTS}/${body.deployment_id}`;
    const told = await by.get(deployment);
    expect(told.body).toMatchObject({ status: "InProgress", strategy: "Rolling" });
    await by.post(`${deployment}/abort`, {});
    await eventually(
      () => by.get(deployment),
      (after) => after.body["status"] === "RolledBack" || after.body["status"] === "Failed",
    );
  });

  test("Delete Workload", async () => {
    const { status, body } = await by.send("DELETE", path());
    expect([status, body]).toEqual([
      200,
      { success: true, message: "Workload successfully removed" },
    ]);
    expect((await by.get(path())).status).toBe(404);
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
        system: { cpu_percent: 42.1, memory_used_gb: 3.1, disk_used_gb: null, disk_total_gb: null },
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
});

test("every change is in the ledger", async () => expectRecorded());
