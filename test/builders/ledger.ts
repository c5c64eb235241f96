// What the ledger has of a request, found by the request's id.
import { env } from "cloudflare:workers";
import { entryOf } from "#domain/ledger.ts";
import type { SealedEntry } from "#domain/ledger.ts";
import { ledgerOf } from "#stores/objects.ts";

export async function ledgerEntries(): Promise<SealedEntry[]> {
  await ledgerOf(env).mirror();
  const { results } = await env.DB.prepare("select body, hash from ledger order by sequence").all<{
    body: string;
    hash: string;
  }>();
  return results.map(entryOf);
}

export async function recordedOf(requestId: string | null): Promise<SealedEntry[]> {
  return (await ledgerEntries()).filter((entry) => entry.requestId === requestId);
}
