// The way into the ledger, and its mirror in D1, where it is queried. An entry is stored when `record` returns.
import { entryOf, ledgerEntry } from "#domain/ledger.ts";
import type { Link, NewLedgerEntry } from "#domain/ledger.ts";
import { database } from "./database.ts";
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
