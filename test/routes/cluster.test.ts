// /cluster in the 002 document's shapes: with a leader, without one, and where no controllers are named.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { getCluster, wakeControllers } from "#control/cluster.ts";
import { ORIGIN, nobody, serverWith } from "#test/builders/client.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { admin } from "#test/builders/users.ts";

let by: Client;
let leader = "";
const urlOf = (id: string) => `${ORIGIN}/cluster/controllers/${id}`;

beforeAll(async () => {
  by = await admin();
  await wakeControllers(env);
  leader = (await getCluster(env))?.lease?.leaderId ?? "";
});

async function follower(): Promise<string> {
  const members = (await getCluster(env))?.members ?? [];
  return members.find(({ id }) => id !== leader)?.id ?? "";
}

/** What is asked while the lease has run out. No controller ticks meanwhile but by chance of its alarm. */
async function withoutLeader(ask: () => Promise<void>): Promise<void> {
  const { results } = await env.DB.prepare("SELECT expires_at FROM lease").run<{
    expires_at: number;
  }>();
  await env.DB.prepare("UPDATE lease SET expires_at = 0, term = 9999").run();
  await ask();
  await env.DB.prepare("UPDATE lease SET expires_at = ?").bind(results[0]?.expires_at).run();
}

describe("a cluster with a leader", () => {
  test("tells its status as the document does", async () => {
    const { status, body } = await by.get<{ nodes: Json[] }>("/cluster/status");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      node_id: leader,
      hostname: expect.stringContaining(leader),
      state: "leader",
      term: 1,
      is_leader: true,
      leader_id: leader,
      cluster_size: 3,
      lease: {
        leader_id: leader,
        term: 1,
        acquired_at: expect.any(Number),
        expires_at: expect.any(Number),
        renewed_at: expect.any(Number),
        hostname: expect.stringContaining(leader),
        api_url: urlOf(leader),
      },
    });
    expect(body.nodes.map((node) => node["node_id"])).toEqual([
      "controller-1",
      "controller-2",
      "controller-3",
    ]);
    for (const node of body.nodes) {
      expect(node).toMatchObject({ is_healthy: true, last_heartbeat: expect.any(Number) });
      expect(Math.abs(Number(node["last_heartbeat"]) - Date.now() / 1000)).toBeLessThan(60);
    }
  });

  test("tells its leader and its health", async () => {
    const told = await by.get("/cluster/leader");
    expect([told.status, told.body]).toEqual([
      200,
      {
        leader_id: leader,
        hostname: expect.stringContaining(leader),
        api_url: urlOf(leader),
        term: 1,
        lease_expires_at: expect.any(Number),
      },
    ]);
    const health = await by.get("/cluster/health");
    expect([health.status, health.body]).toEqual([
      200,
      {
        status: "healthy",
        clustering: "enabled",
        node_id: leader,
        state: "leader",
        is_leader: true,
        leader_id: leader,
        cluster_size: 3,
        cluster_ready: true,
        timestamp: expect.any(Number),
        version: "1.0.0",
      },
    ]);
  });

  test("is seen from each controller's own URL as from that controller", async () => {
    const id = await follower();
    const { body } = await by.get(`/cluster/controllers/${id}/cluster/status`);
    expect(body).toMatchObject({
      node_id: id,
      state: "follower",
      is_leader: false,
      leader_id: leader,
    });
  });

  test("sends a write at a follower's URL on to the leader's, and answers reads there", async () => {
    const id = await follower();
    const path = "/api/v1/wasm/interfaces?dry=1";
    const answer = await exports.default.fetch(`${urlOf(id)}${path}`, {
      method: "POST",
      redirect: "manual",
    });
    expect([answer.status, answer.headers.get("Location")]).toEqual([
      307,
      `${urlOf(leader)}${path}`,
    ]);
    expect(await answer.json()).toMatchObject({
      error: `Request must be sent to leader node: ${urlOf(leader)}`,
      code: "NOT_LEADER",
      timestamp: expect.any(String),
    });
    // A client that follows it is answered by the leader.
    expect((await by.post(`/cluster/controllers/${id}${path}`, {})).status).toBe(400);
    expect((await by.get(`/cluster/controllers/${id}/api/v1/wasm/modules`)).status).toBe(200);
  });

  test("lets the leader's own URL write, by the same rules as everywhere", async () => {
    const path = `/cluster/controllers/${leader}/api/v1/wasm/interfaces`;
    expect((await by.post(path, {})).status).toBe(400);
    expect((await nobody.post(path, {})).status).toBe(401);
  });

  test("has no controller but those named", async () => {
    const { status, body } = await by.get("/cluster/controllers/other/health");
    expect([status, body["code"]]).toEqual([404, "NOT_FOUND"]);
  });
});

test("without a leader tells that, and takes no write at a controller's URL", async () => {
  const id = await follower();
  await withoutLeader(async () => {
    const told = await by.get("/cluster/leader");
    expect([told.status, told.body]).toMatchObject([
      503,
      { error: "No leader elected", code: "NO_LEADER" },
    ]);
    const write = await by.post(`/cluster/controllers/${id}/api/v1/wasm/interfaces`, {});
    expect([write.status, write.body]).toMatchObject([
      503,
      { error: "No leader elected, cluster not ready", code: "CLUSTER_NOT_READY" },
    ]);
    const health = await by.get("/cluster/health");
    expect([health.status, health.body]).toMatchObject([
      503,
      { status: "degraded", is_leader: false, leader_id: null, cluster_ready: false },
    ]);
    expect((await by.get("/cluster/status")).body).toMatchObject({ leader_id: null, lease: null });
  });
});

test("where no controllers are named, clustering is disabled", async () => {
  const alone = by.at(serverWith({ CLUSTER_CONTROLLERS: "" }));
  const { status, body } = await alone.get("/cluster/health");
  expect([status, body]).toEqual([
    200,
    { status: "healthy", clustering: "disabled", timestamp: expect.any(Number), version: "1.0.0" },
  ]);
  expect((await alone.get("/cluster/status")).status).toBe(404);
});
