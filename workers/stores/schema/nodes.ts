// Nodes, what they measured, and the tokens that they were given.
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { NodeCondition, NodeStatus } from "#domain/node.ts";
import type { ContainerUsage } from "#domain/node-metric.ts";

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
    isAgent: integer("is_agent", { mode: "boolean" }).notNull().default(false),
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
