// What operations were counted to use of the bindings, as counting.ts names it.
import type { Uses } from "#scripts/record/prices.ts";
import type { Server } from "./server.ts";

export type Counts = Readonly<Record<string, number>>;

export async function countsOf({ product }: Server): Promise<Counts> {
  const response = await fetch(`${product}/bench/counts`);
  // Written by counting.ts.
  return (await response.json()) as Counts;
}

export function difference(after: Counts, before: Counts): Counts {
  return Object.fromEntries(
    Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)]),
  );
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const [what, count] of all.flatMap((counts) => Object.entries(counts))) {
    sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

/** Of one operation; each is `requests` requests of the Worker, and the calls of guests' isolates that it makes. */
export function usesOf(counts: Counts, of: { operations: number; requests?: number }): Uses {
  const { operations, requests = 1 } = of;
  const each = (what: RegExp): number => {
    const matching = Object.entries(counts).filter(([name]) => what.test(name));
    return Math.max(0, matching.reduce((sum, [, count]) => sum + count, 0) / operations);
  };
  return {
    requests: requests + each(/ LOADER call$/),
    objectCalls: each(/ (?!LOADER)\S+ call$/),
    d1Queries: each(/ DB query$/),
    r2Reads: each(/ ARTIFACTS read$/),
    r2Writes: each(/ ARTIFACTS write$/),
    rowsRead: each(/ row read$/),
    rowsWritten: each(/ row written$/),
  };
}

export function toldUses(uses: Uses): string {
  const told = (count: number): string => String(Number(count.toFixed(4)));
  return `${told(uses.requests)} requests, ${told(uses.objectCalls)} object calls, ${told(uses.d1Queries)} D1 queries, ${told(uses.rowsRead)} rows read, ${told(uses.rowsWritten)} rows written, ${told(uses.r2Reads)} R2 reads, ${told(uses.r2Writes)} R2 writes`;
}
