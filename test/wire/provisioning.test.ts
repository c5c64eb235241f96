// The snippets of the 003 document as they stand there, but for the port and the token; and what Prometheus' own tool
// says of a busy program.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure } from "#scripts/configuration.ts";
import { eventually, startProgram } from "./program.ts";
import type { Program } from "./program.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");
const SHOP = join(import.meta.dirname, "../../examples/shop/shop.wasm");
const TASK_ID = /^Task ID: ([\da-f-]{36})$/m;
/** The snippet waits at its top level, as modules may, and calls `require`, as scripts may. */
const REQUIRE = `data:text/javascript,${encodeURIComponent(
  `import { createRequire } from "node:module"; globalThis.require = createRequire(${JSON.stringify(import.meta.url)});`,
)}`;
const PROMTOOL = spawnSync("promtool", ["--version"]).error === undefined;
const PYTHON = spawnSync("python3", ["-c", "import requests"]).status === 0;
if (!PROMTOOL) console.warn("skipped: promtool is missing (apt-get install -y prometheus)");
if (!PYTHON) console.warn("skipped: python3 or its requests is missing (pip install requests)");

const folder = mkdtempSync(join(tmpdir(), "edgeloom-snippets-"));
let program: Program;

beforeAll(async () => {
  program = await startProgram({ RATE_LIMIT_SCALE: "20" });
}, 120_000);

afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the snippets submit creates a server of that name. */
async function production(server: string): Promise<void> {
  const servers = [{ name: server, plan: "2xCPU-4 GB", zone: "us-east" }];
  await program.client.send("PUT", "/settings/config.ncl", { infra: { production: { servers } } });
}

/** The file of a snippet that asks this program. */
function snippet(name: string, extension: string): string {
  const text = readFileSync(join(FIXTURES, `${name}.txt`), "utf8")
    .replace("localhost:9090", `localhost:${new URL(program.url).port}`)
    .replace(/(?:your-)?jwt-token/, program.token);
  const path = join(folder, `${name}.${extension}`);
  writeFileSync(path, text);
  return path;
}

async function said(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => (text += piece.toString()));
  }
  await new Promise((resolve) => child.on("close", resolve));
  return text;
}

/** The task that a snippet told of has run to its end. */
async function expectCompleted(output: string): Promise<void> {
  expect(output).toMatch(TASK_ID);
  const [, id = ""] = TASK_ID.exec(output) ?? [];
  expect(await program.client.send("GET", `/tasks/${id}`)).toMatchObject({
    success: true,
    data: { id, name: "create_servers", status: "Completed", error: null },
  });
}

describe("the document's SDK example", () => {
  it.skipIf(!PYTHON)("in Python submits a workflow and waits for it", async () => {
    await production("from-python");
    await expectCompleted(await said("python3", [snippet("sdk.py", "py")]));
  });

  it("in JavaScript submits a workflow and waits for it", async () => {
    await production("from-javascript");
    const args = ["--import", REQUIRE, snippet("sdk.js", "mjs")];
    await expectCompleted(await said(process.execPath, args));
  });
});

describe("the document's configuration file", () => {
  it("is made so as it stands, and one of another form is refused", async () => {
    const path = join(folder, "edgeloom.toml");
    writeFileSync(path, readFileSync(join(FIXTURES, "webhooks.toml.txt")));
    await configure(program.url, program.token, path);
    const { data } = await program.client.send<{ data: unknown[] }>("GET", "/webhooks");
    expect(data).toMatchObject([
      {
        url: "https://your-system.com/webhook",
        events: ["task.completed", "task.failed", "batch.completed"],
        enabled: true,
      },
    ]);
    // Before anything happens that it would be told of.
    writeFileSync(path, "[webhooks]\nendpoints = []");
    await configure(program.url, program.token, path);
    writeFileSync(path, "[webhooks]\nendpoint = 1");
    await expect(configure(program.url, program.token, path)).rejects.toThrow(
      /was refused.*endpoint/,
    );
    const other = join(folder, "edgeloom.ini");
    await expect(configure(program.url, program.token, other)).rejects.toThrow(/ends in \.toml/);
  });
});

describe("the document's WebSocket example", () => {
  let child: ChildProcess;
  afterAll(() => child.kill());

  it("is told of each change of a task", async () => {
    child = spawn(process.execPath, [snippet("socket.js", "mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await production("checked");
    let text = "";
    child.stdout?.on("data", (piece: Buffer) => (text += piece.toString()));
    const body = { infra: "production", settings: "config.ncl", check_mode: true, wait: true };
    await eventually(async () => {
      await program.client.send("POST", "/workflows/servers/create", body);
      return /Event: \{\s+event_type: 'TaskStatusChanged'/.test(text);
    });
    expect(text).toMatch(/status: 'completed'/);
  });
});

it.skipIf(!PROMTOOL)("promtool takes all that a busy program tells", async () => {
  const { client } = program;
  await client.send("POST", "/api/v1/wasm/modules", {
    name: "shop",
    version: "1.0.0",
    wasiVersion: "preview1",
    wasmBinary: readFileSync(SHOP).toString("base64"),
  });
  await client.send("POST", "/api/v1/apps/register", {
    apiVersion: "v1",
    kind: "App",
    metadata: { name: "shop" },
    spec: { type: "http", image: "shop:1.0.0", ports: [{ containerPort: 80, protocol: "HTTP" }] },
    healthCheck: { periodSeconds: 1, initialDelaySeconds: 0 },
  });
  await client.send("POST", "/api/v1/apps/shop/start", { replicas: 2, timeout: 20 });
  await client.send("POST", "/batch/execute", {
    name: "busy",
    operations: [{ id: "a", type: "server_batch", server_configs: [{ name: "busy-01" }] }],
  });
  const checkpoint = await client.send<{ data: string }>("POST", "/rollback/checkpoints", {
    name: "busy",
  });
  await client.send("POST", "/rollback/execute", { checkpoint_id: checkpoint.data });
  let text = "";
  await eventually(async () => {
    await client.raw("GET", "/run/shop/");
    await client.send("GET", "/api/v1/apps/shop/metrics");
    text = await (await client.raw("GET", "/metrics")).text();
    return [
      "orchestry_app_memory_percent{",
      'orchestrator_batches_total{status="completed"}',
    ].every((series) => text.includes(series));
  });
  for (const name of [
    "orchestrator_tasks_total",
    "orchestrator_task_duration_seconds_bucket",
    "orchestrator_rollbacks_total",
    "edgeloom_nodes",
    "edgeloom_calls_total",
    "edgeloom_cluster_term",
    "orchestry_apps_running",
    "orchestry_app_rps",
    "orchestry_health_checks_total",
  ]) {
    expect(text).toMatch(new RegExp(`^${name}[{ ]`, "m"));
  }
  const { status, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  expect([stderr, status]).toEqual(["", 0]);
});
