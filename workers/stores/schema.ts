// The tables of D1. Rows never leave this room: each store turns them into domain objects.
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type {
  Convention,
  FunctionSignature,
  ModuleLimits,
  ModuleStatus,
  UncallableFunction,
  WasiVersion,
} from "#domain/module.ts";
import type { NodeCondition, NodeStatus } from "#domain/node.ts";
import type { ContainerUsage } from "#domain/node-metric.ts";
import type { Role } from "#domain/role.ts";
import type { Rollout } from "#domain/rollout/rollout.ts";
import type { Verdict } from "#domain/rollout/verdict.ts";
import type { RouteEntry } from "#domain/route.ts";
import type { StrategyName } from "#domain/strategy/strategy.ts";
import type { DeploymentStatus } from "#domain/deployment.ts";
import type { Compatibility, InterfaceStatus } from "#domain/interface.ts";

export const users = sqliteTable("users", {
  username: text("username").primaryKey(),
  passwordHash: text("password_hash").notNull(),
  role: text("role").$type<Role>().notNull(),
  createdAt: integer("created_at").notNull(),
});

/** By the name that was tried, whether or not such a user exists: a lock-out tells nobody who does. */
export const loginFailures = sqliteTable("login_failures", {
  username: text("username").primaryKey(),
  failures: integer("failures").notNull(),
  lockedUntil: integer("locked_until").notNull(),
});

export const modules = sqliteTable(
  "modules",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    description: text("description"),
    wasiVersion: text("wasi_version").$type<WasiVersion>().notNull(),
    requiredInterfaces: text("required_interfaces", { mode: "json" }).$type<string[]>().notNull(),
    limits: text("limits", { mode: "json" }).$type<ModuleLimits>().notNull(),
    metadata: text("metadata", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    digest: text("digest").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    exportedFunctions: text("exported_functions", { mode: "json" }).$type<string[]>().notNull(),
    signatures: text("signatures", { mode: "json" }).$type<FunctionSignature[]>().notNull(),
    uncallable: text("uncallable", { mode: "json" })
      .$type<UncallableFunction[]>()
      .notNull()
      .default([]),
    importedInterfaces: text("imported_interfaces", { mode: "json" })
      .$type<string[]>()
      .notNull()
      .default([]),
    convention: text("convention").$type<Convention>().notNull(),
    status: text("status").$type<ModuleStatus>().notNull(),
    registeredAt: integer("registered_at").notNull(),
    registeredBy: text("registered_by").notNull(),
  },
  (table) => [index("modules_by_name").on(table.name, table.registeredAt)],
);

export const nodes = sqliteTable(
  "nodes",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull().default(""),
    hostname: text("hostname").notNull(),
    port: integer("port").notNull(),
    region: text("region").notNull(),
    zone: text("zone"),
    runtime: text("runtime").notNull(),
    runtimeVersion: text("runtime_version"),
    wasiVersion: text("wasi_version").notNull(),
    hardware: text("hardware", { mode: "json" }).$type<Record<string, unknown>>(),
    maxModules: integer("max_modules").notNull(),
    isEnabled: integer("is_enabled", { mode: "boolean" }).notNull(),
    capabilities: text("capabilities", { mode: "json" }).$type<string[]>().notNull().default([]),
    labels: text("labels", { mode: "json" }).$type<Record<string, string>>().notNull().default({}),
    resources: text("resources", { mode: "json" })
      .$type<Record<string, string>>()
      .notNull()
      .default({}),
    status: text("status").$type<NodeStatus>().notNull(),
    condition: text("condition").$type<NodeCondition>().notNull().default("registered"),
    registeredAt: integer("registered_at").notNull(),
  },
  (table) => [
    index("nodes_by_region").on(table.region),
    uniqueIndex("nodes_by_name").on(table.name),
  ],
);

/** What nodes measured. A measurement that is sent again at the same moment takes the place of the first. */
export const nodeMetrics = sqliteTable(
  "node_metrics",
  {
    nodeId: text("node_id").notNull(),
    at: integer("at").notNull(),
    samples: integer("samples").notNull(),
    cpuUsage: real("cpu_usage"),
    memoryUsage: real("memory_usage"),
    memoryTotal: real("memory_total"),
    diskUsage: real("disk_usage"),
    diskTotal: real("disk_total"),
    rxBytes: real("rx_bytes"),
    txBytes: real("tx_bytes"),
    containers: text("containers", { mode: "json" }).$type<ContainerUsage[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.at] }),
    index("node_metrics_by_time").on(table.at),
  ],
);

/** Tokens that nodes were given. One that is not here, or that was revoked, is not valid whatever its signature. */
export const nodeTokens = sqliteTable(
  "node_tokens",
  {
    id: text("id").primaryKey(),
    nodeId: text("node_id").notNull(),
    issuedAt: integer("issued_at").notNull(),
    issuedBy: text("issued_by").notNull(),
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("node_tokens_by_node").on(table.nodeId),
    index("node_tokens_by_expiry").on(table.expiresAt),
  ],
);

export const deployments = sqliteTable(
  "deployments",
  {
    id: text("id").primaryKey(),
    moduleId: text("module_id").notNull(),
    moduleName: text("module_name").notNull(),
    status: text("status").$type<DeploymentStatus>().notNull(),
    strategy: text("strategy").$type<StrategyName>().notNull(),
    targetRegions: text("target_regions", { mode: "json" }).$type<string[]>().notNull(),
    targetNodes: text("target_nodes", { mode: "json" }).$type<string[]>().notNull(),
    rollout: text("rollout", { mode: "json" }).$type<Rollout>().notNull(),
    /** The last transition that this row knows of: an older one never overwrites it. */
    recorded: integer("recorded").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("deployments_by_module").on(table.moduleId),
    index("deployments_by_status").on(table.status),
  ],
);

export const transitions = sqliteTable(
  "transitions",
  {
    deploymentId: text("deployment_id").notNull(),
    sequence: integer("sequence").notNull(),
    at: integer("at").notNull(),
    actor: text("actor").notNull(),
    from: text("from_phase").notNull(),
    to: text("to_phase").notNull(),
    reason: text("reason").notNull(),
    evidence: text("evidence", { mode: "json" }).$type<Verdict[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.sequence] })],
);

/** One row a module and region. Only the rollout that holds the row may change its entries. */
export const routes = sqliteTable(
  "routes",
  {
    moduleName: text("module_name").notNull(),
    region: text("region").notNull(),
    entries: text("entries", { mode: "json" }).$type<RouteEntry[]>().notNull(),
    holder: text("holder"),
    /** The holder's turn that wrote the entries: a late write of an earlier turn changes nothing. */
    fence: integer("fence").notNull(),
  },
  (table) => [primaryKey({ columns: [table.moduleName, table.region] })],
);

/** Totals that each node reports, as absolute numbers, so that a report may arrive twice. */
export const invocations = sqliteTable(
  "invocations",
  {
    nodeId: text("node_id").notNull(),
    moduleId: text("module_id").notNull(),
    calls: integer("calls").notNull(),
    errors: integer("errors").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.moduleId] }),
    index("invocations_by_module").on(table.moduleId),
  ],
);

export const interfaces = sqliteTable(
  "interfaces",
  {
    id: text("id").primaryKey(),
    namespace: text("namespace").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    witDefinition: text("wit_definition").notNull(),
    description: text("description"),
    compatibility: text("compatibility").$type<Compatibility>().notNull(),
    status: text("status").$type<InterfaceStatus>().notNull(),
    registeredAt: integer("registered_at").notNull(),
    registeredBy: text("registered_by").notNull(),
    submittedAt: integer("submitted_at"),
    decidedAt: integer("decided_at"),
    decidedBy: text("decided_by"),
    decisionReason: text("decision_reason"),
  },
  (table) => [index("interfaces_by_name").on(table.namespace, table.name)],
);

/** Answers to requests that carried an Idempotency-Key. Without a status the first one is still at work. */
export const idempotency = sqliteTable(
  "idempotency",
  {
    principal: text("principal").notNull(),
    key: text("key").notNull(),
    fingerprint: text("fingerprint").notNull(),
    status: integer("status"),
    body: text("body"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.principal, table.key] })],
);
