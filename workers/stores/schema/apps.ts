// Apps as they are listed: each row mirrors what the app's own object knows, and claims its name.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AppStatus } from "#domain/app/app.ts";
import type { AppMetrics } from "#domain/app/metrics.ts";

/** Hosts by which apps are reached: each is one app's. */
export const appHosts = sqliteTable(
  "app_hosts",
  { host: text("host").primaryKey(), app: text("app").notNull() },
  (table) => [index("app_hosts_by_app").on(table.app)],
);

export const apps = sqliteTable(
  "apps",
  {
    name: text("name").primaryKey(),
    status: text("status").$type<AppStatus>().notNull(),
    image: text("image").notNull(),
    current: integer("current").notNull(),
    desired: integer("desired").notNull(),
    healthy: integer("healthy").notNull(),
    /** Null until an instance of it was measured. */
    metrics: text("metrics", { mode: "json" }).$type<AppMetrics>(),
    createdAt: integer("created_at").notNull(),
    createdBy: text("created_by").notNull(),
  },
  (table) => [index("apps_by_status").on(table.status, table.createdAt)],
);
