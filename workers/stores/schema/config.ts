// What was changed while the program ran.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Config } from "#domain/config.ts";

/** One row; none while all stands as it was deployed. */
export const config = sqliteTable("config", {
  id: integer("id").primaryKey(),
  value: text("value", { mode: "json" }).$type<Config>().notNull(),
  version: integer("version").notNull(),
  changedAt: integer("changed_at").notNull(),
  changedBy: text("changed_by").notNull(),
});
