// The app of the demo as its API tells it, and the policy that its replicas must follow.
import { readFileSync } from "node:fs";
import type { Client, Json } from "#scripts/client.ts";

export const APP = "shop";
const APPS = "/api/v1/apps";
const WASM = new URL("../../examples/shop/shop.wasm", import.meta.url);

const TARGET_RPS = 12;
const OUT_PERCENT = 80;
const REPLICAS_MAX = 6;

export type Status = {
  readonly status: string;
  readonly replicas: {
    readonly current: number;
    readonly desired: number;
    readonly healthy: number;
  };
  readonly metrics: { readonly rps: number; readonly latency_p95_ms: number | null };
  readonly containers: readonly {
    readonly id: string;
    readonly name: string;
    readonly node: string | null;
    readonly version: string;
    readonly health: string;
  }[];
  readonly rollout?: { readonly deployment_id: string; readonly stage: string };
  readonly error?: string;
};

export type Told = {
  readonly event: string;
  readonly message: string;
  readonly timestamp: string;
  readonly details: Json;
};

/** The least number of replicas that the policy takes for so many requests a second. */
export function replicasFor(requestsPerSecond: number): number {
  const each = (TARGET_RPS * OUT_PERCENT) / 100;
  return Math.min(REPLICAS_MAX, Math.max(1, Math.ceil(requestsPerSecond / each)));
}

/** Only requests decide: what a busy laptop does to latencies is no promise. */
function specOf(version: string): Json {
  return {
    apiVersion: "v1",
    kind: "App",
    metadata: { name: APP, labels: { app: APP } },
    spec: {
      type: "http",
      image: `${APP}:${version}`,
      ports: [{ containerPort: 80, protocol: "HTTP" }],
      env: [{ name: "GREETING", value: `Hello from ${version}:` }],
    },
    scaling: {
      mode: "auto",
      minReplicas: 1,
      maxReplicas: REPLICAS_MAX,
      targetRPSPerReplica: TARGET_RPS,
      maxP95LatencyMs: 60_000,
      maxCPUPercent: 100,
      maxMemoryPercent: 100,
      scaleOutThresholdPct: OUT_PERCENT,
      scaleInThresholdPct: 30,
      windowSeconds: 4,
      cooldownSeconds: 3,
    },
    healthCheck: { path: "/health", periodSeconds: 1, initialDelaySeconds: 0, failureThreshold: 2 },
    termination: { drainSeconds: 5 },
    rollout: {
      strategy: "Canary",
      strategyConfig: { stages: [20, 50, 100], evaluationPeriod: "PT3S" },
    },
  };
}

export class App {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async start(versions: readonly string[]): Promise<void> {
    const wasmBinary = readFileSync(WASM).toString("base64");
    for (const version of versions) {
      const module = { name: APP, version, wasiVersion: "preview1", wasmBinary };
      await this.#client.send("POST", "/api/v1/wasm/modules", module);
    }
    await this.#client.send("POST", `${APPS}/register`, specOf(versions[0] ?? ""));
    await this.#client.send("POST", `${APPS}/${APP}/start`, { replicas: 1, timeout: 30 });
  }

  async update(version: string): Promise<string> {
    const path = `${APPS}/${APP}/spec`;
    const answer = await this.#client.send<{ deployment_id: string }>("PUT", path, specOf(version));
    return answer.deployment_id;
  }

  status(): Promise<Status> {
    return this.#client.send<Status>("GET", `${APPS}/${APP}`);
  }

  /** The oldest first. */
  async events(type: string): Promise<Told[]> {
    const path = `${APPS}/${APP}/events?type=${type}&limit=1000`;
    const { events } = await this.#client.send<{ events: Told[] }>("GET", path);
    return events.toReversed();
  }

  /** A deployment's status. */
  async deployment(id: string): Promise<string> {
    const { status } = await this.#client.send<{ status: string }>(
      "GET",
      `/api/v1/wasm/deployments/${id}`,
    );
    return status;
  }
}
