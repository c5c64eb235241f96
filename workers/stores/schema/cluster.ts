// Controllers that sweep, and the lease that says which of them leads.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { MemberState } from "#domain/election/member.ts";

/** One row, by the database's own clock. */
export const lease = sqliteTable("lease", {
  id: integer("id").primaryKey(),
  leaderId: text("leader_id").notNull(),
  term: integer("term").notNull(),
  acquiredAt: integer("acquired_at").notNull(),
  renewedAt: integer("renewed_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const controllers = sqliteTable("controllers", {
  id: text("id").primaryKey(),
  region: text("region").notNull(),
  state: text("state").$type<MemberState>().notNull(),
  heartbeatAt: integer("heartbeat_at").notNull(),
});
