// Users, their sessions and second factors, and the logins that failed.
import {
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
  index,
} from "drizzle-orm/sqlite-core";
import type { Role } from "#domain/role.ts";

export const users = sqliteTable(
  "users",
  {
    username: text("username").primaryKey(),
    id: text("id").notNull().default(""),
    email: text("email"),
    passwordHash: text("password_hash").notNull(),
    roles: text("roles", { mode: "json" }).$type<Role[]>().notNull().default([]),
    enabled: integer("enabled", { mode: "boolean" }).notNull().default(true),
    createdAt: integer("created_at").notNull(),
    lastLoginAt: integer("last_login_at"),
  },
  (table) => [uniqueIndex("users_by_id").on(table.id)],
);

/** One a login. Every token of a session dies with it. Without rowids: each of those is one more row to write. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** The one refresh token that is good: one of an earlier generation was used already. */
    generation: integer("generation").notNull(),
    /** Whether a second factor was shown at its login. */
    mfa: integer("mfa", { mode: "boolean" }).notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("sessions_by_user").on(table.userId),
    index("sessions_by_expiry").on(table.expiresAt),
  ],
);

/** A user's TOTP secret. It counts once it is confirmed. */
export const authenticators = sqliteTable("authenticators", {
  userId: text("user_id").primaryKey(),
  secret: text("secret").notNull(),
  confirmedAt: integer("confirmed_at"),
  /** The last step that was accepted: none up to it is accepted again. */
  lastStep: integer("last_step").notNull(),
});

export const backupCodes = sqliteTable(
  "backup_codes",
  {
    userId: text("user_id").notNull(),
    hash: text("hash").notNull(),
    usedAt: integer("used_at"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);

/**
 * By the name or the address that was tried, whether or not such a user exists: a lock-out tells nobody who does.
 * Without rowids too.
 */
export const loginFailures = sqliteTable("login_failures", {
  subject: text("username").primaryKey(),
  failures: integer("failures").notNull(),
  since: integer("since").notNull().default(0),
  lockedUntil: integer("locked_until").notNull(),
});
