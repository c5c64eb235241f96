// Applications' manifests: every version that is kept, in the order in which they came.
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Manifest } from "#domain/oam/schema.ts";

export const models = sqliteTable(
  "models",
  {
    ordinal: integer("ordinal").primaryKey({ autoIncrement: true }),
    lattice: text("lattice").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    description: text("description"),
    manifest: text("manifest", { mode: "json" }).$type<Manifest>().notNull(),
    storedAt: integer("stored_at").notNull(),
    storedBy: text("stored_by").notNull(),
  },
  (table) => [uniqueIndex("models_version").on(table.lattice, table.name, table.version)],
);

/** The one version of a model that runs. */
export const modelDeployments = sqliteTable(
  "model_deployments",
  {
    lattice: text("lattice").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    deployedAt: integer("deployed_at").notNull(),
    deployedBy: text("deployed_by").notNull(),
    /** By component: why its workload could not be written; null before that was tried. */
    faults: text("faults", { mode: "json" }).$type<Readonly<Record<string, string>>>(),
  },
  (table) => [primaryKey({ columns: [table.lattice, table.name] })],
);
