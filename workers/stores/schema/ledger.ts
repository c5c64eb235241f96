// The ledger's mirror: the chain itself is in the LedgerObject, and this is where it is queried.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { LedgerResult } from "#domain/ledger.ts";

export const ledger = sqliteTable(
  "ledger",
  {
    sequence: integer("sequence").primaryKey(),
    id: text("id").notNull(),
    at: integer("at").notNull(),
    actor: text("actor"),
    actorId: text("actor_id"),
    action: text("action").notNull(),
    resource: text("resource").notNull(),
    result: text("result").$type<LedgerResult>().notNull(),
    /** The entry's text as it was hashed. */
    body: text("body").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [
    index("ledger_by_time").on(table.at),
    index("ledger_by_action").on(table.action, table.at),
    index("ledger_by_resource").on(table.resource, table.at),
  ],
);
