// Nodes by the 001 dialect beyond its examples: status, tokens of nodes and what they may, and metrics that can't be.
import { beforeAll, describe, expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { sweep } from "#control/sweep.ts";
import { Client } from "#test/builders/client.ts";
import type { Answer, Json } from "#test/builders/client.ts";
import { registerNode } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";
import { OPEN } from "#test/routes/permissions/table.ts";

const API = "/api/v1";
const REVOKED_WITHIN_MS = 5_000;
let by: Client;

beforeAll(async () => {
  by = await admin();
});

async function edgeNode(given: Json = {}): Promise<string> {
  const node = { name: unique("edge"), address: "10.0.0.1", ...given };
  const { status, body } = await by.post<{ id: string }>(`${API}/nodes`, node);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id;
}

async function ownClient(nodeId: string): Promise<{ client: Client; token: string }> {
  const { body } = await by.post<{ token: string }>(`${API}/security/tokens`, { node_id: nodeId });
  return {
    client: new Client({ username: `node:${nodeId}`, token: body.token }),
    token: body.token,
  };
}

function say(who: Client, nodeId: string, json: Json): Promise<Answer> {
  return who.send("PUT", `${API}/nodes/${nodeId}/status`, { json });
}

describe("a node", () => {
  test("is the same in both dialects", async () => {
    const { body } = await registerNode({ region: "eu-west" });
    const { body: seen } = await by.get(`${API}/nodes/${body.nodeId}`);
    expect(seen).toMatchObject({ id: body.nodeId, name: body.nodeId, region: "eu-west" });
    const id = await edgeNode({ labels: { region: "us-west" } });
    const other = await by.get(`${API}/wasm/nodes/${id}`);
    expect(other.body).toMatchObject({ nodeId: id, hostname: "10.0.0.1", region: "us-west" });
  });

  test("is refused when its name is taken", async () => {
    const name = unique("edge");
    await edgeNode({ name });
    const { status, body } = await by.post(`${API}/nodes`, { name, address: "10.0.0.2" });
    expect([status, body]).toMatchObject([409, { error: true, code: "CONFLICT" }]);
  });

  test("changes what is given and nothing else", async () => {
    const id = await edgeNode({ labels: { a: "1" }, capabilities: ["gpu"] });
    const json = { labels: { b: "2" }, zone: "z1" };
    const { status, body } = await by.send("PUT", `${API}/nodes/${id}`, { json });
    expect([status, body]).toMatchObject([
      200,
      { labels: { b: "2" }, zone: "z1", capabilities: ["gpu"], address: "10.0.0.1" },
    ]);
  });

  test("stays degraded until something else is said, and is listed as that", async () => {
    const id = await edgeNode();
    expect((await say(by, id, { status: "degraded" })).body["status"]).toBe("degraded");
    await sweep(env);
    const { body } = await by.get<{ nodes: Json[] }>(`${API}/nodes?status=degraded`);
    expect(body.nodes.map((node) => node["id"])).toEqual([id]);
    expect((await say(by, id, { status: "active" })).body["status"]).toBe("active");
  });

  test("leaves maintenance by a person's word, not by its beat", async () => {
    const id = await edgeNode();
    const { client } = await ownClient(id);
    await say(by, id, { status: "maintenance" });
    const beat = await say(client, id, { status: "active", heartbeat: true });
    expect([beat.status, beat.body["status"]]).toEqual([200, "maintenance"]);
    expect((await say(client, id, { status: "active" })).status).toBe(403);
    expect((await say(by, id, { status: "active" })).body["status"]).toBe("active");
  });
});

describe("a node's token", () => {
  test("beats and measures for its node, and for no other", async () => {
    const [id, other] = [await edgeNode(), await edgeNode()];
    const { client } = await ownClient(id);
    expect((await say(client, id, { heartbeat: true })).status).toBe(200);
    expect((await client.post(`${API}/metrics/nodes/${id}`, { cpu_usage: 1 })).status).toBe(201);
    expect((await say(client, other, { heartbeat: true })).status).toBe(403);
    expect((await client.post(`${API}/metrics/nodes/${other}`, { cpu_usage: 1 })).status).toBe(403);
  });

  test("may nothing else of all that there is", async () => {
    const { client } = await ownClient(await edgeNode());
    const { body } = await by.get<{ paths: Record<string, Json> }>("/openapi.json");
    const its = new Set([
      "put /api/v1/nodes/{nodeId}/status",
      "post /api/v1/metrics/nodes/{nodeId}",
      ...OPEN.map((name) => name.replace(/^\w+/, (method) => method.toLowerCase())),
    ]);
    const names = Object.entries(body.paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
      .filter((name) => !its.has(name));
    for (const name of names) {
      const [method = "", path = ""] = name.split(" ");
      const answer = await client.send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "x"));
      expect([name, answer.status]).toEqual([name, 403]);
    }
  });

  test("is refused within five seconds of its revocation, and when its node is gone", async () => {
    const id = await edgeNode();
    const [{ client, token }, second] = [await ownClient(id), await ownClient(id)];
    expect((await say(client, id, { heartbeat: true })).status).toBe(200);
    await by.post(`${API}/security/tokens/revoke`, { token });
    await scheduler.wait(REVOKED_WITHIN_MS);
    expect((await say(client, id, { heartbeat: true })).status).toBe(401);
    expect((await say(second.client, id, { heartbeat: true })).status).toBe(200);
    await by.send("DELETE", `${API}/nodes/${id}`);
    await scheduler.wait(REVOKED_WITHIN_MS);
    expect((await say(second.client, id, { heartbeat: true })).status).toBe(401);
  });

  test("is issued by an Admin alone", async () => {
    const viewer = await user("Developer");
    const { status } = await viewer.post(`${API}/security/tokens`, { node_id: "any" });
    expect(status).toBe(403);
  });
});

describe("metrics", () => {
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

  test("are averaged by samples, and leave a gap where nothing was measured", async () => {
    const id = await edgeNode();
    const path = `${API}/metrics/nodes/${id}`;
    // Three hours ago, in one hour's step, and one hour ago.
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const at = (ms: number): string => new Date(hour - ms).toISOString();
    await by.post(path, { timestamp: at(10_800_000), cpu_usage: 10, samples: 3 });
    await by.post(path, { timestamp: at(10_740_000), cpu_usage: 50, samples: 1 });
    await by.post(path, { timestamp: at(3_600_000), cpu_usage: 30 });
    await by.post(path, { timestamp: at(3_600_000), cpu_usage: 40 });
    const { body } = await by.get(`${path}?timeframe=4h&resolution=1h`);
    expect(body).toMatchObject({
      metrics: {
        cpu_usage: [
          { timestamp: at(10_800_000), value: 20 },
          { timestamp: at(3_600_000), value: 40 },
        ],
        memory_usage: [],
      },
    });
  });

  test("older than seven days are swept", async () => {
    const id = await edgeNode();
    await by.post(`${API}/metrics/nodes/${id}`, { timestamp: ago(8 * 86_400_000), cpu_usage: 1 });
    const count = () =>
      env.DB.prepare("select count(*) as n from node_metrics where node_id = ?")
        .bind(id)
        .first("n");
    expect(await count()).toBe(1);
    await sweep(env);
    expect(await count()).toBe(0);
  });

  test.each<[string, Json, string]>([
    ["a negative number", { cpu_usage: -1 }, "cpu_usage"],
    ["more than all of it", { cpu_usage: 101 }, "cpu_usage"],
    ["text for a number", { cpu_usage: "45" }, "cpu_usage"],
    ["more memory than there is", { memory_usage: 9, memory_total: 8 }, "memory_usage"],
    ["the future", { timestamp: "2199-01-01T00:00:00Z", cpu_usage: 1 }, "timestamp"],
    ["no measurement", {}, "reason"],
  ])("are refused for %s", async (_, given, field) => {
    const id = await edgeNode();
    const { status, body } = await by.post(`${API}/metrics/nodes/${id}`, given);
    expect([status, body]).toMatchObject([
      400,
      { code: "BAD_REQUEST", details: { [field]: expect.any(String) } },
    ]);
  });

  test.each([
    ["timeframe=8d", "timeframe"],
    ["timeframe=soon", "timeframe"],
    ["resolution=0s", "resolution"],
    ["timeframe=7d&resolution=1s", "resolution"],
  ])("are not read by %s", async (query, field) => {
    const { status, body } = await by.get(`${API}/metrics?${query}`);
    expect([status, body]).toMatchObject([400, { details: { [field]: expect.any(String) } }]);
  });
});
