// Tasks and batches with their snapshots, stored settings, and the clusters that were made of nodes and taskservs.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Batch } from "#domain/batch/batch.ts";
import type { Checkpoint } from "#domain/checkpoint.ts";
import type { RunKind, RunStatus } from "#domain/provisioning/run.ts";

/** One row a run. `version` grows with each write: a write that comes late changes nothing. */
export const runs = sqliteTable(
  "runs",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<RunKind>().notNull(),
    name: text("name").notNull(),
    command: text("command").notNull(),
    arguments: text("arguments", { mode: "json" }).$type<string[]>().notNull(),
    infra: text("infra"),
    dependencies: text("dependencies", { mode: "json" }).$type<string[]>().notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    batch: text("batch", { mode: "json" }).$type<Batch>().notNull(),
    version: integer("version").notNull(),
    output: text("output"),
    error: text("error"),
    createdBy: text("created_by").notNull(),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    /** When it is to be looked at again, at the latest; null once it has ended. */
    wakeAt: integer("wake_at"),
    /** How many workflow instances drove it. */
    generation: integer("generation").notNull(),
  },
  (table) => [
    index("runs_by_kind").on(table.kind, table.createdAt),
    index("runs_by_wake").on(table.wakeAt),
    index("runs_by_end").on(table.endedAt),
  ],
);

/** How a run stood after each transition. */
export const runSnapshots = sqliteTable(
  "run_snapshots",
  {
    runId: text("run_id").notNull(),
    version: integer("version").notNull(),
    at: integer("at").notNull(),
    state: text("state").notNull(),
    details: text("details", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.version] })],
);

export const checkpoints = sqliteTable("checkpoints", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  description: text("description").notNull(),
  digest: text("digest").notNull(),
  sizeBytes: integer("size_bytes").notNull(),
  counts: text("counts", { mode: "json" }).$type<Checkpoint["counts"]>().notNull(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
});

export const settings = sqliteTable("settings", {
  name: text("name").primaryKey(),
  source: text("source").notNull(),
  mediaType: text("media_type").notNull(),
  updatedAt: integer("updated_at").notNull(),
  updatedBy: text("updated_by").notNull(),
});

export const clusters = sqliteTable(
  "clusters",
  {
    infra: text("infra").notNull(),
    name: text("name").notNull(),
    type: text("type").notNull(),
    servers: text("servers", { mode: "json" }).$type<string[]>().notNull(),
    taskservs: text("taskservs", { mode: "json" }).$type<string[]>().notNull(),
    /** The effect that made it as it is: that effect done again does nothing. */
    key: text("key").notNull(),
  },
  (table) => [primaryKey({ columns: [table.infra, table.name] })],
);
