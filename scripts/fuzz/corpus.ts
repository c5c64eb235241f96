// Bodies that make sense together: what a schema alone can't tell, such as which image there is. They are sent as they
// are, and spoiled in one place.

import { LOCAL_ADMIN } from "#scripts/orchestrator.ts";

const MANIFEST = {
  apiVersion: "core.oam.dev/v1beta1",
  kind: "Application",
  metadata: { name: "echo", annotations: { description: "What the fuzzer deploys" } },
  spec: {
    components: [
      {
        name: "echo",
        type: "component",
        properties: { image: "hello:1.0.0" },
        traits: [{ type: "spreadscaler", properties: { instances: 1 } }],
      },
    ],
  },
};

/** Serves HTTP. */
const SHOP = "shop:1.0.0";

const APP = {
  apiVersion: "v1",
  kind: "App",
  metadata: { name: "shop", labels: { app: "shop" } },
  spec: { type: "http", image: SHOP, ports: [{ containerPort: 80, protocol: "HTTP" }] },
};

const WORKLOAD = { name: "stocked", type: "deployment", image: SHOP, replicas: 1 };
const SUBMITTED = { infra: "lab", settings: "stocked", check_mode: true, wait: false };

export const SETTINGS = {
  infra: {
    lab: {
      servers: [{ name: "lab-01", plan: "1xCPU-2 GB" }],
      taskservs: ["kubernetes"],
      clusters: [{ name: "builders", type: "buildkit" }],
    },
  },
};

/** By operation. */
export const CORPUS: Readonly<Record<string, unknown>> = {
  "POST /api/v1/authentication/login": LOCAL_ADMIN,
  "POST /auth/login": LOCAL_ADMIN,
  "POST /api/v1/security/tokens": { node_id: "workerd-us-east-1", expiration: "24h" },
  "POST /api/v1/wasm/deployments": {
    moduleId: "hello-v1.0.0",
    targetRegions: ["us-east"],
    strategy: "BlueGreen",
    strategyConfig: { healthCheckTimeout: "PT0S", keepBlueEnvironment: false },
    healthCheck: { enabled: false },
  },
  "POST /api/v1/wasm/execute": {
    moduleId: "hello-v1.0.0",
    functionName: "greet",
    parameters: { name: "Ada" },
  },
  "POST /api/v1/wasm/interfaces": {
    namespace: "acme:greeter",
    name: "greet",
    version: "1.0.0",
    witDefinition:
      "package acme:greeter@1.0.0;\ninterface greet { hello: func(name: string) -> string; }",
  },
  "POST /api/v1/workloads": WORKLOAD,
  "PUT /api/v1/workloads/{workloadId}": WORKLOAD,
  "POST /api/v1/workloads/{workloadId}/deploy": {
    nodes: ["workerd-us-east-1"],
    strategy: "rolling",
  },
  "POST /api/v1/metrics/nodes/{nodeId}": {
    timestamp: "2026-01-01T00:00:00Z",
    cpu_usage: 45.5,
    memory_usage: 3.2,
    memory_total: 8,
    disk_usage: 42.8,
    disk_total: 100,
    network: { rx_bytes: 1024, tx_bytes: 512 },
  },
  "POST /api/v1/apps/register": APP,
  "PUT /api/v1/apps/{app_name}/spec": APP,
  "POST /api/v1/apps/{app_name}/start": { replicas: 1, wait: false },
  "POST /api/v1/apps/{app_name}/scale": { replicas: 2, wait: false },
  "POST /wadm/api/{lattice}/model/put": MANIFEST,
  "PUT /settings/{name}": SETTINGS,
  "POST /workflows/servers/create": SUBMITTED,
  "POST /workflows/taskserv/create": { ...SUBMITTED, operation: "create", taskserv: "kubernetes" },
  "POST /workflows/cluster/create": { ...SUBMITTED, operation: "create", cluster_type: "buildkit" },
  "POST /batch/execute": {
    name: "two steps",
    version: "1.0.0",
    storage_backend: "d1",
    parallel_limit: 2,
    rollback_enabled: true,
    operations: [
      {
        id: "servers",
        type: "server_batch",
        dependencies: [],
        server_configs: [{ name: "batch-01" }],
      },
      {
        id: "services",
        type: "taskserv_batch",
        dependencies: ["servers"],
        taskservs: ["kubernetes"],
      },
    ],
  },
  "POST /policies": {
    name: "readers",
    rules: [{ effect: "Allow", resource: "modules:*", action: ["module:read"] }],
  },
  "POST /webhooks": { url: "https://hooks.example.com/in", events: ["task.completed"] },
};
