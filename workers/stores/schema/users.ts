// Users, and the logins that failed.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Role } from "#domain/role.ts";

export const users = sqliteTable("users", {
  username: text("username").primaryKey(),
  passwordHash: text("password_hash").notNull(),
  role: text("role").$type<Role>().notNull(),
  createdAt: integer("created_at").notNull(),
});

/** By the name that was tried, whether or not such a user exists: a lock-out tells nobody who does. */
export const loginFailures = sqliteTable("login_failures", {
  username: text("username").primaryKey(),
  failures: integer("failures").notNull(),
  lockedUntil: integer("locked_until").notNull(),
});
