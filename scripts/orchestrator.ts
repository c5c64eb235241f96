// The whole orchestrator in this process: the Worker as wrangler bundles it, on Miniflare's own port, with
// everything it keeps under one folder. Used by start, demo, bench and chaos, so that all of them run the same.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import {
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
  unstable_splitSqlQuery as split,
} from "wrangler";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = join(ROOT, ".build/worker");
const CONFIG = join(ROOT, "wrangler.toml");
const SWEEP_MS = 60_000;
const FILES_PER_SOCKET = 2;
/** For the databases, other connections and other streams: at most a quarter of what there is. */
const OTHER_FILES = 1_500;

export const LOCAL_ADMIN = { username: "admin@example.com", password: "Admin123!" };

export type Orchestrator = {
  readonly url: string;
  readonly miniflare: Miniflare;
  readonly stop: () => Promise<void>;
};

export type OrchestratorOptions = {
  readonly port: number;
  readonly stateDirectory: string;
  /** Variables and secrets in place of those of wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly quiet?: boolean;
  /** Whether what objects keep can be read and changed past them. */
  readonly opensObjects?: boolean;
  /** The source of a module that stands before the program's own, and sees to it that `./index.js` is run. */
  readonly entry?: string;
  /** Where the isolates can be inspected. */
  readonly inspectorPort?: number;
};

/** Bundles the Worker as `wrangler deploy` would. Each file comes whole: another may bundle or start at the same time. */
export function bundle(): void {
  const own = mkdtempSync(`${BUNDLE}-`);
  try {
    const { status, stderr, stdout } = spawnSync(
      "wrangler",
      ["deploy", "--dry-run", "--outdir", own],
      { cwd: ROOT, encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
    );
    if (status !== 0) throw new Error(`The Worker could not be bundled:\n${stdout}\n${stderr}`);
    mkdirSync(BUNDLE, { recursive: true });
    for (const name of readdirSync(own)) renameSync(join(own, name), join(BUNDLE, name));
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

export async function startOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  mkdirSync(options.stateDirectory, { recursive: true });
  const { workerOptions } = workerOptionsOf(CONFIG);
  const shared = {
    name: "edgeloom",
    resourcePersistencePath: options.stateDirectory,
    // Else Miniflare tells of each request that it came from Austin, Texas.
    cf: {},
    log: new Log(options.quiet ? LogLevel.ERROR : LogLevel.WARN),
    telemetry: { enabled: false },
  };
  // Declared as unknown by wrangler; its key is a binding, its value what names the database's file.
  const d1Databases = workerOptions["d1Databases"] as Record<string, string>;
  await migrate({ ...shared, d1Databases, modules: true, script: "export default {}" });
  // Declared as unknown by wrangler; the [vars] of wrangler.toml are strings.
  const variables = workerOptions["bindings"] as Record<string, string>;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      ...shared,
      modulesRoot: BUNDLE,
      modules: modules(options.entry),
      bindings: {
        ...fromEnvironment(variables),
        ENVIRONMENT: process.env["ENVIRONMENT"] ?? "development",
        ANONYMOUS_NATS_ROLE: process.env["ANONYMOUS_NATS_ROLE"] ?? "Viewer",
        EDGELOOM_ADMIN_USER: process.env["EDGELOOM_ADMIN_USER"] ?? LOCAL_ADMIN.username,
        EDGELOOM_ADMIN_PASSWORD: process.env["EDGELOOM_ADMIN_PASSWORD"] ?? LOCAL_ADMIN.password,
        EDGELOOM_JWT_SECRET: secret(options.stateDirectory),
        STREAM_SOCKETS_MAX: String(socketsMax(variables["STREAM_SOCKETS_MAX"])),
        ...options.variables,
      },
      host: "127.0.0.1",
      port: options.port,
      ...(options.opensObjects === true ? { unsafeInspectDurableObjects: true } : {}),
      ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
    }),
  );
  const url = (await miniflare.ready).origin;
  const sweep = async (): Promise<void> => void (await (await miniflare.getWorker()).scheduled());
  await sweep();
  // In production a cron trigger does this.
  const timer = setInterval(() => void sweep().catch(console.error), SWEEP_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await miniflare.dispose();
  };
  return { url, miniflare, stop };
}

/** workerd has two files for each socket, and ends where it can open no more: a stream takes no more than that leaves. */
function socketsMax(configured: string | undefined): number {
  // Node raises its own limit to what it may, and workerd has the same.
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files: { soft: number | "unlimited" } };
  };
  const files = Number(userLimits?.open_files.soft);
  // "unlimited", or a system without such limits.
  if (Number.isNaN(files)) return Number(configured);
  const left = files - Math.min(OTHER_FILES, files / 4);
  return Math.min(Number(configured), Math.floor(left / FILES_PER_SOCKET));
}

function modules(entry?: string) {
  const types: Readonly<Record<string, "ESModule" | "CompiledWasm" | "Text" | "Data">> = {
    ".js": "ESModule",
    ".wasm": "CompiledWasm",
    ".txt": "Text",
    ".bin": "Data",
  };
  const bundled = readdirSync(BUNDLE)
    .flatMap((name) => {
      const type = types[extname(name)];
      return type === undefined ? [] : [{ type, path: join(BUNDLE, name) }];
    })
    .sort((a, b) => Number(b.path.endsWith("index.js")) - Number(a.path.endsWith("index.js")));
  if (entry === undefined) return bundled;
  const first = { type: "ESModule" as const, path: join(BUNDLE, "entry.js"), contents: entry };
  return [first, ...bundled];
}

/** The variables, of which the environment may set any otherwise. */
function fromEnvironment(variables: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(variables);
  return Object.fromEntries(entries.map(([name, value]) => [name, process.env[name] ?? value]));
}

/** The key that signs this machine's tokens: made once, kept with the state, readable by its owner alone. */
function secret(stateDirectory: string): string {
  const path = join(stateDirectory, "jwt-secret");
  if (!existsSync(path))
    writeFileSync(path, randomBytes(48).toString("base64url"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

/**
 * Applies what migrations/ has and the database doesn't, in the table that wrangler keeps too. In a runtime of its own
 * that ends before the Worker's port opens: whoever asks early would meet half a database.
 */
async function migrate(options: Parameters<typeof convertV4MiniflareOptions>[0]): Promise<void> {
  const miniflare = new Miniflare(convertV4MiniflareOptions(options));
  try {
    const db = await miniflare.getD1Database("DB");
    await db
      .prepare(
        "create table if not exists d1_migrations (id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)",
      )
      .run();
    const { results } = await db.prepare("select name from d1_migrations").all<{ name: string }>();
    const applied = new Set(results.map(({ name }) => name));
    const directory = join(ROOT, "migrations");
    for (const name of readdirSync(directory)
      .filter((file) => file.endsWith(".sql"))
      .sort()) {
      if (applied.has(name)) continue;
      const statements = split(readFileSync(join(directory, name), "utf8"));
      await db.batch([
        ...statements.map((statement) => db.prepare(statement)),
        db.prepare("insert into d1_migrations (name) values (?)").bind(name),
      ]);
    }
  } finally {
    await miniflare.dispose();
  }
}
