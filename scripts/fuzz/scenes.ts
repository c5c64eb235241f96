// The scenes of the tour, one for each thing that the operations are about.
import { TOTP } from "otpauth";
import { HOOKS } from "./scenes-hooks.ts";
import { APPS, BATCHES } from "./scenes-run.ts";
import { dataOf, field } from "./guide.ts";
import type { Ask, Body, Guide } from "./guide.ts";
import { MODULE } from "./values.ts";

type Scene = (guide: Guide) => Promise<void>;

const NODE = "workerd-us-east-1";
const USER = { username: "tour@example.com", password: "Tour-123-long!" };

const modules: Scene = async ({ ask }) => {
  const wasmBinary = Buffer.from(MODULE).toString("base64");
  for (const version of ["0.9.0", "1.0.0", "1.1.0"]) {
    await ask("POST /api/v1/wasm/modules", {
      body: { name: "tour", version, wasiVersion: "preview1", wasmBinary },
    });
  }
  const at = { moduleId: "tour-v0.9.0" };
  await ask("GET /api/v1/wasm/modules", { query: { limit: "10" } });
  await ask("GET /api/v1/wasm/modules/{moduleId}", { at });
  await ask("GET /api/v1/wasm/modules/{moduleId}/interface", { at });
  await ask("PATCH /api/v1/wasm/modules/{moduleId}", { at, body: { status: "Deprecated" } });
  await ask("DELETE /api/v1/wasm/modules/{moduleId}", { at });
};

async function deployed(ask: Ask, body: object): Promise<{ deploymentId: string }> {
  const made = await ask("POST /api/v1/wasm/deployments", {
    body: { targetRegions: ["us-east"], healthCheck: { enabled: false }, ...body },
  });
  return { deploymentId: field(made, "deploymentId") };
}

const QUICK = {
  strategy: "BlueGreen",
  strategyConfig: { healthCheckTimeout: "PT0S", keepBlueEnvironment: false },
};
const SLOW = {
  strategy: "Canary",
  strategyConfig: { stages: [10, 50, 100], evaluationPeriod: "PT10M" },
};
const D = "/api/v1/wasm/deployments/{deploymentId}";

const rollouts: Scene = async ({ ask, until }) => {
  const first = await deployed(ask, { moduleId: "tour-v1.0.0", ...QUICK });
  for (const what of ["", "/plan", "/events"]) await ask(`GET ${D}${what}`, { at: first });
  await ask(`POST ${D}/approve`, { at: first, body: { reason: "the tour" } });
  await ask(`POST ${D}/execute`, { at: first, body: {} });
  await until(`GET ${D}`, { at: first }, ({ status }) => status === "Completed");
  await ask("POST /api/v1/wasm/execute", {
    body: { moduleId: "tour", functionName: "greet", parameters: { name: "Ada" } },
  });
  const second = await deployed(ask, { moduleId: "tour-v1.1.0", ...SLOW });
  await ask(`POST ${D}/execute`, { at: second, body: {} });
  const bakes = ({ progressPercent }: Body): boolean => Number(progressPercent) > 0;
  await until(`GET ${D}`, { at: second }, bakes);
  for (const verb of ["promote", "pause", "resume", "pause", "retry", "abort"]) {
    await ask(`POST ${D}/${verb}`, { at: second, body: { reason: "the tour" } });
  }
  await until(`GET ${D}`, { at: second }, ({ status }) => status === "RolledBack");
  await ask(`POST ${D}/rollback`, { at: first, body: { reason: "the tour" } });
  await ask("GET /api/v1/wasm/deployments");
};

const http: Scene = async ({ ask, until }) => {
  const at = await deployed(ask, { moduleId: "shop-v1.0.0", ...QUICK });
  await ask(`POST ${D}/execute`, { at, body: {} });
  await until(`GET ${D}`, { at }, ({ status }) => status === "Completed");
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    await ask(`${method} /api/v1/wasm/modules/{moduleId}/http/{path}`, {
      at: { moduleId: "shop-v1.0.0", path: "health" },
    });
  }
};

const nodes: Scene = async ({ ask }) => {
  const mine = { nodeId: "tour-1" };
  await ask("POST /api/v1/wasm/nodes", {
    body: { ...mine, hostname: "tour-1.local", region: "tour" },
  });
  await ask("GET /api/v1/wasm/nodes");
  await ask("GET /api/v1/wasm/nodes/{nodeId}", { at: mine });
  await ask("GET /api/v1/wasm/nodes/{nodeId}/health", { at: mine });
  await ask("PUT /api/v1/wasm/nodes/{nodeId}", { at: mine, body: { isEnabled: true } });
  await ask("POST /api/v1/metrics/nodes/{nodeId}", { at: mine, body: MEASURED() });
  await ask("GET /api/v1/metrics/nodes/{nodeId}", { at: mine });
  await ask("GET /api/v1/metrics");
  await ask("DELETE /api/v1/wasm/nodes/{nodeId}", { at: mine });
  const made = await ask("POST /api/v1/nodes", {
    body: { name: "tour-2", address: "10.0.0.2", region: "tour" },
  });
  const at = { nodeId: field(made, "id") };
  await ask("GET /api/v1/nodes");
  await ask("GET /api/v1/nodes/{nodeId}", { at });
  await ask("PUT /api/v1/nodes/{nodeId}", { at, body: { labels: { tier: "1" } } });
  await ask("PUT /api/v1/nodes/{nodeId}/status", { at, body: { heartbeat: true } });
  await ask("DELETE /api/v1/nodes/{nodeId}", { at });
};

const MEASURED = () => ({
  timestamp: new Date().toISOString(),
  cpu_usage: 45.5,
  memory_usage: 3.2,
  memory_total: 8,
  disk_usage: 42.8,
  disk_total: 100,
  network: { rx_bytes: 1024, tx_bytes: 512 },
});

const tokens: Scene = async ({ ask }) => {
  const issued = await ask("POST /api/v1/security/tokens", {
    body: { node_id: NODE, expiration: "1h" },
  });
  const token = field(issued, "token");
  const at = { nodeId: NODE, moduleId: "shop-v1.0.0", entry: "core" };
  await ask("GET /api/v1/nodes/{nodeId}/harness/{entry}", { at, token });
  await ask("GET /api/v1/nodes/{nodeId}/artifacts/{moduleId}", { at, token });
  await ask("POST /api/v1/security/tokens/validate", { body: { token } });
  await ask("POST /api/v1/security/tokens/revoke", { body: { token } });
};

const workloads: Scene = async ({ ask }) => {
  const made = await ask("POST /api/v1/workloads", {
    body: { name: "tour", type: "deployment", image: "tour:1.0.0", replicas: 1 },
  });
  const at = { workloadId: field(made, "id") };
  await ask("GET /api/v1/workloads");
  await ask("GET /api/v1/workloads/{workloadId}", { at });
  await ask("PUT /api/v1/workloads/{workloadId}", { at, body: { replicas: 2 } });
  await ask("POST /api/v1/workloads/{workloadId}/deploy", { at, body: { nodes: [NODE] } });
  const other = await ask("POST /api/v1/workloads", {
    body: { name: "tour-gone", type: "deployment", image: "tour:1.0.0", replicas: 0 },
  });
  await ask("DELETE /api/v1/workloads/{workloadId}", { at: { workloadId: field(other, "id") } });
};

const interfaces: Scene = async ({ ask }) => {
  const made = (name: string) =>
    ask("POST /api/v1/wasm/interfaces", {
      body: {
        namespace: "acme:tour",
        name,
        version: "1.0.0",
        witDefinition: `package acme:tour@1.0.0;\ninterface ${name} { hello: func() -> string; }`,
      },
    });
  const I = "/api/v1/wasm/interfaces/{interfaceId}";
  for (const [name, verbs] of [
    ["kept", ["submit", "approve", "deprecate"]],
    ["refused", ["submit", "reject"]],
  ] as const) {
    const at = { interfaceId: field(await made(name), "interfaceId") };
    await ask(`GET ${I}`, { at });
    await ask(`POST ${I}/validate`, { at });
    for (const verb of verbs) await ask(`POST ${I}/${verb}`, { at, body: { reason: "the tour" } });
  }
  const at = { interfaceId: field(await made("dropped"), "interfaceId") };
  await ask("GET /api/v1/wasm/interfaces");
  await ask(`DELETE ${I}`, { at });
};

const models: Scene = async ({ ask }) => {
  const at = { lattice: "tour", name: "tour" };
  const manifest = (version: string) => ({
    apiVersion: "core.oam.dev/v1beta1",
    kind: "Application",
    metadata: { name: "tour", annotations: { version } },
    spec: {
      components: [{ name: "tour", type: "component", properties: { image: "tour:1.0.0" } }],
    },
  });
  const M = "/wadm/api/{lattice}/model";
  for (const version of ["v1", "v2"]) {
    await ask(`POST ${M}/put`, { at, body: manifest(version) });
  }
  for (const what of ["list", "get", "get/{name}", "versions/{name}", "status/{name}"]) {
    await ask(`GET ${M}/${what}`, { at });
    await ask(`POST ${M}/${what}`, { at, body: {} });
  }
  const S = "/wadm/api/{lattice}/secrets";
  await ask(`PUT ${S}/{name}`, { at, body: { value: "hush" } });
  await ask(`GET ${S}`, { at });
  await ask(`DELETE ${S}/{name}`, { at });
  await ask(`POST ${M}/deploy/{name}`, { at, body: { version: "v1" } });
  await ask(`POST ${M}/undeploy/{name}`, { at, body: {} });
  await ask(`POST ${M}/del/{name}`, { at, body: { delete_all: true } });
};

const people: Scene = async ({ ask }) => {
  const colleague = { username: "tour-2@example.com", password: USER.password };
  const path = "/api/v1/authentication";
  await ask(`POST ${path}/users`, { body: { ...colleague, role: "Viewer" } });
  await ask(`POST ${path}/login`, { body: colleague });
  const made = await ask("POST /users", {
    body: { ...USER, email: USER.username, roles: ["viewer"] },
  });
  const at = { id: field(dataOf(made), "id") };
  await ask("GET /users");
  await ask("GET /users/{id}", { at });
  await ask("PUT /users/{id}", { at, body: { roles: ["operator"] } });
  const session = dataOf(await ask("POST /auth/login", { body: USER }));
  const token = field(session, "token");
  const enrolled = dataOf(
    await ask("POST /auth/mfa/enroll", { token, body: { password: USER.password } }),
  );
  const totp = new TOTP({ secret: field(enrolled, "secret") });
  const step = { mfa_code: totp.generate() };
  await ask("POST /auth/mfa/confirm", { token, body: step });
  // A step's code is taken once: the next one's is within the window.
  const next = totp.generate({ timestamp: Date.now() + 30_000 });
  await ask("POST /auth/mfa/disable", {
    token,
    body: { password: USER.password, mfa_code: next },
  });
  const again = dataOf(await ask("POST /auth/login", { body: USER }));
  const refresh = { refresh_token: field(again, "refresh_token") };
  const fresh = dataOf(await ask("POST /auth/refresh", { body: refresh }));
  await ask("POST /auth/logout", { token: field(fresh, "token") });
  await ask("DELETE /users/{id}", { at });
};

const policies: Scene = async ({ ask }) => {
  const rules = [{ effect: "Allow", resource: "modules:*", action: ["module:read"] }];
  const made = await ask("POST /policies", { body: { name: "tour", rules } });
  const data = made?.["data"];
  const id = typeof data === "string" ? data : field(dataOf(made), "id");
  await ask("GET /policies");
  await ask("GET /policies/{id}", { at: { id } });
  await ask("PUT /policies/{id}", { at: { id }, body: { name: "tour", rules } });
  await ask("POST /policies/simulate", {
    body: { principal: { roles: ["viewer"] }, action: "module:read", resource: "modules:tour" },
  });
  await ask("DELETE /policies/{id}", { at: { id } });
};

const looks: Scene = async ({ ask }) => {
  for (const path of [
    "/api/v1/events",
    "/api/v1/config",
    "/cluster/status",
    "/cluster/leader",
    "/cluster/health",
    "/state/system/metrics",
    "/state/system/health",
    "/state/statistics",
    "/rollback/statistics",
    "/audit/logs",
    "/audit/verify",
    "/audit/export",
    "/metrics",
    "/health",
    "/api/v1/health",
    "/.well-known/jwks.json",
    "/api/v1/authentication/users",
  ]) {
    await ask(`GET ${path}`);
  }
  await ask("PUT /api/v1/config", { body: { scaling: { default_cooldown: 180 } } });
};

export const SCENES: readonly Scene[] = [
  modules,
  rollouts,
  http,
  nodes,
  tokens,
  workloads,
  interfaces,
  models,
  people,
  policies,
  HOOKS,
  looks,
  APPS,
  BATCHES,
];
