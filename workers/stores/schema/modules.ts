// Modules, what nodes counted of them, and the interfaces they speak.
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { GivenFile } from "#domain/file.ts";
import type {
  Convention,
  FunctionSignature,
  ModuleLimits,
  ModuleStatus,
  UncallableFunction,
  WasiVersion,
} from "#domain/module.ts";
import type { Compatibility, InterfaceStatus } from "#domain/interface.ts";

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
    files: text("files", { mode: "json" }).$type<GivenFile[]>().notNull().default([]),
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

/** Totals that each node reports, as absolute numbers, so that a report may arrive twice. */
export const invocations = sqliteTable(
  "invocations",
  {
    nodeId: text("node_id").notNull(),
    moduleId: text("module_id").notNull(),
    calls: integer("calls").notNull(),
    errors: integer("errors").notNull(),
    /** Of all its calls there. */
    p95Ms: real("p95_ms"),
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
