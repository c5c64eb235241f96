// Policies as they were written. There are few: whoever decides reads all that are enabled.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Mode, Rule } from "#domain/policy/policy.ts";

export const policies = sqliteTable("policies", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  version: text("version").notNull(),
  rules: text("rules", { mode: "json" }).$type<Rule[]>().notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  mode: text("mode").$type<Mode>().notNull(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
});
