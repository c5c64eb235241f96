// The ledger as it is looked at: by whom and when what was done, and whether the chain is whole.
import { GENESIS } from "#domain/ledger.ts";
import type { Break, SealedEntry, Tip } from "#domain/ledger.ts";
import { database } from "#stores/database.ts";
import { entriesAfter, listEntries } from "#stores/ledger.ts";
import type { LedgerFilter } from "#stores/ledger.ts";
import { ledgerOf } from "#stores/objects.ts";

const VERIFIED_AT_ONCE = 1_000;
const EXPORTED_AT_ONCE = 500;

/** `entries` are those that are sound, from the first on. */
type Verification = { readonly entries: number; readonly broken: Break | null };

/** Newest first. What was recorded before the question is in the answer. */
export async function listAudit(
  env: Env,
  filter: LedgerFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ entries: SealedEntry[]; total: number }> {
  await ledgerOf(env).mirror();
  return listEntries(database(env), filter, page);
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
export async function* exportAudit(env: Env, filter: LedgerFilter): AsyncGenerator<SealedEntry> {
  await ledgerOf(env).mirror();
  for (let after = 0; ;) {
    const entries = await entriesAfter(database(env), filter, { after, limit: EXPORTED_AT_ONCE });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}
