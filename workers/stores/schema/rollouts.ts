// Deployments with their transitions, and the routes that they change.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Rollout } from "#domain/rollout/rollout.ts";
import type { Verdict } from "#domain/rollout/verdict.ts";
import type { RouteEntry } from "#domain/route.ts";
import type { StrategyName } from "#domain/strategy/strategy.ts";
import type { DeploymentStatus } from "#domain/deployment.ts";

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
    /** The newest turn that claimed, wrote or gave back, and whose: what it sent in earlier turns changes nothing. */
    fence: integer("fence").notNull(),
    fencedBy: text("fenced_by"),
  },
  (table) => [primaryKey({ columns: [table.moduleName, table.region] })],
);
