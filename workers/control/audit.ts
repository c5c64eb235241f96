// The ledger as it is looked at: by whom and when what was done, and whether the chain is whole.
import { GENESIS } from "#domain/ledger.ts";
import type { Break, SealedEntry, Tip } from "#domain/ledger.ts";
import { database } from "#stores/database.ts";
import { entriesAfter, listEntries } from "#stores/ledger.ts";
import type { LedgerFilter } from "#stores/ledger.ts";
import { ledgerOf } from "#stores/objects.ts";
import { findUserById } from "#stores/users.ts";

const VERIFIED_AT_ONCE = 1_000;
const EXPORTED_AT_ONCE = 500;

/** `entries` are those that are sound, from the first on. */
type Verification = { readonly entries: number; readonly broken: Break | null };

export type AuditFilter = Omit<LedgerFilter, "users"> & {
  /** A user's id or name. */
  readonly user?: string | undefined;
};

/** Newest first. What was recorded before the question is in the answer. */
export async function listAudit(
  env: Env,
  filter: AuditFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ entries: SealedEntry[]; total: number }> {
  await ledgerOf(env).mirror();
  return listEntries(database(env), await known(env, filter), page);
}

/** What was done in a user's name while nobody was logged in, by a task, is told by the name alone. */
async function known(env: Env, { user, ...rest }: AuditFilter): Promise<LedgerFilter> {
  if (user === undefined) return rest;
  const found = await findUserById(database(env), user);
  return { ...rest, users: found === null ? [user] : [user, found.username] };
}

/** Walks the whole chain; the first entry that doesn't follow from the one before is named. */
export async function verifyAudit(env: Env): Promise<Verification> {
  const ledger = ledgerOf(env);
  let tip: Tip = GENESIS;
  for (;;) {
    const checked = await ledger.verify(tip, VERIFIED_AT_ONCE);
    tip = checked.tip;
    const { broken } = checked;
    if (broken !== null) return { entries: broken.sequence - 1, broken };
    if (checked.isWhole) return { entries: tip.sequence, broken };
  }
}

/** Oldest first, a page at a time, so that a ledger of any length is never held as a whole. */
export async function* exportAudit(env: Env, filter: AuditFilter): AsyncGenerator<SealedEntry> {
  await ledgerOf(env).mirror();
  const wanted = await known(env, filter);
  for (let after = 0; ;) {
    const entries = await entriesAfter(database(env), wanted, { after, limit: EXPORTED_AT_ONCE });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}
