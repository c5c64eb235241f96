// Answers that are kept for who asks twice.
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Answers to requests that carried an Idempotency-Key. Without a status the first one is still at work. */
export const idempotency = sqliteTable(
  "idempotency",
  {
    principal: text("principal").notNull(),
    key: text("key").notNull(),
    fingerprint: text("fingerprint").notNull(),
    status: integer("status"),
    body: text("body"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.principal, table.key] })],
);
