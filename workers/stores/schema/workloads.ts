// Workloads as their lattices last told them, and where their instances can be called.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import type { Kind } from "#domain/workload/workload.ts";

/** Every namespace that ever had a workload: who is to hear of nodes. */
export const lattices = sqliteTable("lattices", { name: text("name").primaryKey() });

export const workloads = sqliteTable(
  "workloads",
  {
    id: text("id").primaryKey(),
    namespace: text("namespace").notNull(),
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    type: text("type").$type<Kind["type"]>().notNull(),
    moduleId: text("module_id").notNull(),
    phase: text("phase").$type<WorkloadRecord["status"]["phase"]>().notNull(),
    createdAt: integer("created_at").notNull(),
    /** Of the lattice's commits that of which this row tells: an older one never overwrites it. */
    sequence: integer("sequence").notNull(),
    record: text("record", { mode: "json" }).$type<WorkloadRecord>().notNull(),
  },
  (table) => [
    index("workloads_by_name").on(table.namespace, table.owner, table.name),
    index("workloads_by_module").on(table.moduleId),
    index("workloads_by_time").on(table.createdAt),
  ],
);

/** Ready instances of a version on a node. */
export const endpoints = sqliteTable(
  "endpoints",
  {
    workloadId: text("workload_id").notNull(),
    moduleId: text("module_id").notNull(),
    moduleName: text("module_name").notNull(),
    nodeId: text("node_id").notNull(),
    instances: integer("instances").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workloadId, table.moduleId, table.nodeId] }),
    index("endpoints_by_module").on(table.moduleName),
  ],
);
