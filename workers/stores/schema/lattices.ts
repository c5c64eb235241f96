// What a lattice keeps beside its workloads: links between components and what provides for them, and named configs.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

type Values = Readonly<Record<string, string>>;

function names(column: string) {
  return text(column, { mode: "json" }).$type<readonly string[]>().notNull().default([]);
}

export const latticeLinks = sqliteTable(
  "lattice_links",
  {
    lattice: text("lattice").notNull(),
    source: text("source").notNull(),
    target: text("target").notNull(),
    name: text("name").notNull(),
    namespace: text("namespace").notNull(),
    package: text("package").notNull(),
    interfaces: text("interfaces", { mode: "json" }).$type<readonly string[]>().notNull(),
    sourceConfig: text("source_config", { mode: "json" }).$type<Values>().notNull(),
    targetConfig: text("target_config", { mode: "json" }).$type<Values>().notNull(),
    sourceConfigNames: names("source_config_names"),
    targetConfigNames: names("target_config_names"),
    port: integer("port"),
    model: text("model"),
  },
  (table) => [
    primaryKey({
      columns: [
        table.lattice,
        table.source,
        table.target,
        table.namespace,
        table.package,
        table.name,
      ],
    }),
    index("lattice_links_by_port").on(table.lattice, table.port),
  ],
);

export const latticeSecrets = sqliteTable(
  "lattice_secrets",
  {
    lattice: text("lattice").notNull(),
    name: text("name").notNull(),
    sealed: text("sealed").notNull(),
    updatedAt: integer("updated_at").notNull(),
    updatedBy: text("updated_by").notNull(),
  },
  (table) => [primaryKey({ columns: [table.lattice, table.name] })],
);

export const latticeConfigs = sqliteTable(
  "lattice_configs",
  {
    lattice: text("lattice").notNull(),
    name: text("name").notNull(),
    values: text("values", { mode: "json" }).$type<Values>().notNull(),
    model: text("model"),
  },
  (table) => [primaryKey({ columns: [table.lattice, table.name] })],
);
