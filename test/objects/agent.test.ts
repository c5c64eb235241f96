// A node whose guests run at an agent: the runner's end of the socket.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Assignment, CallAnswer } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { heartbeatOf, runnerOf } from "#stores/objects.ts";
import { create, request } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { admin, unique } from "#test/builders/users.ts";
import { phase, stands, workload } from "#test/builders/workloads.ts";
import { counter } from "#test/examples/bytes.ts";

const BY = { owner: "deploy-1", turn: 1 };
const MODULE: Assignment = {
  moduleId: "far-v1.0.0",
  name: "far",
  version: "1.0.0",
  digest: "d".repeat(64),
  sizeBytes: 1,
  convention: "json",
  signatures: [{ name: "echo", style: "json", parameters: [], results: [] }],
  limits: DEFAULT_LIMITS,
};
const VITALS = {
  isHealthy: true,
  gasPerMs: 50_000,
  cpuPercent: 12.5,
  cores: 2,
  memoryUsedBytes: 1024 * 1024,
  memoryTotalBytes: 2 * 1024 * 1024,
  diskUsedBytes: 1e9,
  diskTotalBytes: 2e9,
};
const HELLO = { type: "hello", protocol: 1, runtime: "test", runtimeVersion: "1", vitals: VITALS };
const CALL = { moduleId: MODULE.moduleId, functionName: "echo", parameters: {}, timeoutMs: 5_000 };
const ANSWER = {
  returnValue: "1",
  failure: null,
  memoryUsedBytes: 0,
  gasUsed: 3,
  stdout: "",
  stderr: "",
  exitCode: null,
};

type Order = { readonly type: string; readonly id: number; readonly moduleIds?: string[] };
type Runner = ReturnType<typeof runnerOf>;

/** An agent that loads all that it is told to, and answers calls as it is given. */
class TestAgent {
  readonly orders: Order[] = [];
  readonly closed = Promise.withResolvers<number>();
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, answer: object | null) {
    this.#socket = socket;
    socket.accept();
    socket.addEventListener("close", ({ code }) => this.closed.resolve(code));
    socket.addEventListener("message", ({ data }) => {
      // The runner sends orders as JSON texts.
      const order = JSON.parse(String(data)) as Order;
      this.orders.push(order);
      if (order.type === "load") this.say({ type: "loaded", id: order.id, fault: null });
      if (order.type === "call" && answer !== null)
        this.say({ type: "answer", id: order.id, answer });
    });
    onTestFinished(() => socket.close());
  }

  say(report: object): void {
    this.#socket.send(JSON.stringify(report));
  }

  close(): void {
    this.#socket.close(1000, "gone");
  }

  heard(type: string): Promise<Order> {
    return vi.waitUntil(() => this.orders.find((order) => order.type === type));
  }
}

async function attached(runner: Runner, answer: object | null = ANSWER): Promise<TestAgent> {
  const url = `https://runner/attach?token=t1&ends=${Date.now() + 60_000}`;
  const { webSocket } = await runner.fetch(url, { headers: { Upgrade: "websocket" } });
  if (webSocket === null) throw new Error("expected a socket");
  const agent = new TestAgent(webSocket, answer);
  agent.say(HELLO);
  await agent.heard("welcome");
  return agent;
}

async function node(name: string): Promise<Runner> {
  const runner = runnerOf(env, name);
  await runner.start(name);
  return runner;
}

function faultOf(answer: CallAnswer): string | null {
  return answer.type === "fault" ? answer.fault.code : null;
}

describe("a node with an agent", () => {
  it("loads and calls there, and tells what the agent measured", async () => {
    const runner = await node("agent-calls");
    await attached(runner);
    expect(await runner.load(MODULE, BY)).toBeNull();
    expect(await runner.invoke(CALL)).toMatchObject({ type: "result", result: { gasUsed: 3 } });
    await expect
      .poll(async () => (await heartbeatOf(env, "agent-calls").read()).usage)
      .toMatchObject({ cpuUsagePercent: 12.5, memoryUsageMB: 1, diskUsageGB: 1 });
  });

  it("tells in the 001 dialect what its machine uses, whatever was said of it before", async () => {
    const by = await admin();
    const given = { name: "agent-used", address: "10.0.0.9" };
    const { id } = (await by.post<{ id: string }>("/api/v1/nodes", given)).body;
    const json = { heartbeat: true, resources: { cpu_usage: "9", memory_usage: "9Gi" } };
    await by.send("PUT", `/api/v1/nodes/${id}/status`, { json });
    await attached(runnerOf(env, id));
    await expect
      .poll(async () => (await by.get(`/api/v1/nodes/${id}`)).body["resources_usage"])
      .toEqual({ cpu_usage: "250m", memory_usage: "1Mi", storage_usage: "954Mi" });
  });

  it("still calls there after an eviction", async () => {
    const runner = await node("agent-evicted");
    await attached(runner);
    await runner.load(MODULE, BY);
    await evictDurableObject(runner, { webSockets: "hibernate" });
    expect(await runner.invoke(CALL)).toMatchObject({
      type: "result",
      result: { returnValue: "1" },
    });
  });

  it("answers a call in flight with an error when its agent goes, and the next one at once", async () => {
    const runner = await node("agent-gone");
    const agent = await attached(runner, null);
    await runner.load(MODULE, BY);
    const running = runner.invoke(CALL);
    await agent.heard("call");
    agent.close();
    expect(faultOf(await running)).toBe("UNAVAILABLE");
    expect(faultOf(await runner.invoke(CALL))).toBe("NO_HEALTHY_NODE");
  });

  it("gives an agent that comes back what the node holds, and sends the one before away", async () => {
    const runner = await node("agent-back");
    const first = await attached(runner);
    await runner.load(MODULE, BY);
    const second = await attached(runner);
    expect(await first.closed.promise).toBe(4001);
    expect((await second.heard("welcome")).moduleIds).toEqual([MODULE.moduleId]);
    await second.heard("load");
    expect(await runner.invoke(CALL)).toMatchObject({ type: "result" });
  });

  it("sends an agent away whose token was revoked, and is offline though its alarm comes twice", async () => {
    const runner = await node("agent-dismissed");
    const agent = await attached(runner);
    await runner.dismiss("t1");
    expect(await agent.closed.promise).toBe(4003);
    await scheduler.wait(3_100);
    await runDurableObjectAlarm(runner);
    await runDurableObjectAlarm(runner);
    expect((await heartbeatOf(env, "agent-dismissed").read()).status).toBe("Unhealthy");
  });

  it("sends whoever makes no sense away", async () => {
    const runner = await node("agent-senseless");
    const agent = await attached(runner);
    agent.say({ type: "shell" });
    expect(await agent.closed.promise).toBe(4000);
  });

  it("is left out by placement for what it can't run, and named by a deployment", async () => {
    const by = await admin();
    const region = unique("region");
    const given = { name: unique("agent"), address: "10.0.0.9", region };
    const { id } = (await by.post<{ id: string }>("/api/v1/nodes", given)).body;
    await attached(runnerOf(env, id));
    const moduleId = await module(counter);
    const made = await workload(region, { moduleId, isHttp: true });
    const { status } = await stands(made.workload.id, (told) => told.status.unplaced.length === 3);
    expect(status.unplaced[0]?.reason).toMatch(/\b1 without HTTP handlers\b/);
    const refused = await create(request(moduleId, region, { healthCheck: { enabled: false } }));
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      400,
      expect.stringContaining(`${region} has no node for it: its agent is without HTTP handlers`),
    ]);
    await workload(region, { kind: { type: "deployment", replicas: 1 } }).then((plain) =>
      phase(plain.workload.id, "running"),
    );
  });

  it("refuses a version that serves HTTP, with the reason", async () => {
    const runner = await node("agent-http");
    await attached(runner);
    const fault = await runner.load({ ...MODULE, convention: "http" }, BY);
    expect(fault?.message).toContain("no HTTP handlers");
  });

  it("refuses a version whose limits name hosts: nothing there lets it out", async () => {
    const runner = await node("agent-network");
    await attached(runner);
    const limits = {
      ...DEFAULT_LIMITS,
      networkAccess: "AllowList",
      allowedHosts: ["a.example"],
    } as const;
    const fault = await runner.load({ ...MODULE, limits }, BY);
    expect(fault?.message).toContain("no network");
  });
});
