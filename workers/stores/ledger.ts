// The way into the ledger, and its mirror in D1, where it is queried. An entry is stored when `record` returns.
import { and, asc, count, desc, eq, gt, gte, inArray, lte, or } from "drizzle-orm";
import { entryOf, ledgerEntry } from "#domain/ledger.ts";
import type { LedgerResult, Link, NewLedgerEntry, SealedEntry } from "#domain/ledger.ts";
import { database } from "./database.ts";
import type { Database } from "./database.ts";
import { ledgerOf } from "./objects.ts";
import { ledger } from "./schema.ts";

const TRIES = 3;
const BETWEEN_TRIES_MS = 100;

/** Throws when the entry could not be stored: then whoever asked must not be told that it is done. */
export async function record(env: Env, given: NewLedgerEntry): Promise<void> {
  const entry = ledgerEntry(given, { id: crypto.randomUUID(), now: Date.now() });
  for (let tried = 1; ; tried += 1) {
    try {
      return await ledgerOf(env).append(entry);
    } catch (cause) {
      if (tried === TRIES) throw cause;
      await scheduler.wait(BETWEEN_TRIES_MS * 2 ** tried);
    }
  }
}

export type LedgerFilter = {
  /** Ids and names, of which any is meant. */
  readonly users?: readonly string[] | undefined;
  readonly action?: string | undefined;
  readonly resource?: string | undefined;
  readonly result?: LedgerResult | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/** Newest first. */
export async function listEntries(
  db: Database,
  filter: LedgerFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ entries: SealedEntry[]; total: number }> {
  const where = meant(filter);
  const [rows, totals] = await db.batch([
    db
      .select({ body: ledger.body, hash: ledger.hash })
      .from(ledger)
      .where(where)
      .orderBy(desc(ledger.sequence))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(ledger).where(where),
  ]);
  return { entries: rows.map(entryOf), total: totals[0]?.total ?? 0 };
}

/** Oldest first, from the one after on. */
export async function entriesAfter(
  db: Database,
  filter: LedgerFilter,
  { after, limit }: { after: number; limit: number },
): Promise<SealedEntry[]> {
  const rows = await db
    .select({ body: ledger.body, hash: ledger.hash })
    .from(ledger)
    .where(and(gt(ledger.sequence, after), meant(filter)))
    .orderBy(asc(ledger.sequence))
    .limit(limit);
  return rows.map(entryOf);
}

function meant({ users, action, resource, result, from, to }: LedgerFilter) {
  return and(
    users === undefined
      ? undefined
      : or(inArray(ledger.actorId, [...users]), inArray(ledger.actor, [...users])),
    action === undefined ? undefined : eq(ledger.action, action),
    resource === undefined ? undefined : eq(ledger.resource, resource),
    result === undefined ? undefined : eq(ledger.result, result),
    from === undefined ? undefined : gte(ledger.at, from),
    to === undefined ? undefined : lte(ledger.at, to),
  );
}

/** Doing it twice is harmless: a link that is there stays as it is. */
export async function mirrorLinks(env: Env, links: readonly Link[]): Promise<void> {
  const db = database(env);
  const [first, ...rest] = links.map((link) => {
    const { sequence, id, body, hash } = link;
    const { at, actor, actorId, action, resource, result } = entryOf(link);
    const found = { at, actor, actorId, action, resource, result };
    return db
      .insert(ledger)
      .values({ sequence, id, body, hash, ...found })
      .onConflictDoNothing();
  });
  if (first !== undefined) await db.batch([first, ...rest]);
}
