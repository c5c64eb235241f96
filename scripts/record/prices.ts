// What an operation costs on Cloudflare, by what it was counted to use.

/** Of one operation. */
export type Uses = {
  /** Requests of the Worker, and calls into guests' isolates: both are billed as requests. */
  readonly requests: number;
  readonly objectCalls: number;
  readonly d1Queries: number;
  readonly r2Reads: number;
  readonly r2Writes: number;
  /** Of D1 and of objects' own databases, which cost the same. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
};

export const PRICES_OF = "2026-11-30";

/**
 * Dollars a million, above what the Workers Paid plan includes.
 * https://developers.cloudflare.com/workers/platform/pricing, …/dynamic-workers/pricing,
 * …/durable-objects/platform/pricing, …/d1/platform/pricing, …/r2/pricing
 */
export const PRICES: readonly {
  readonly what: string;
  readonly dollars: number;
  readonly counted: (uses: Uses) => number;
}[] = [
  {
    what: "requests: of the Worker, and calls of a guest's isolate",
    dollars: 0.3,
    counted: (uses) => uses.requests,
  },
  { what: "calls of a Durable Object", dollars: 0.15, counted: (uses) => uses.objectCalls },
  {
    what: "rows read in D1 and in objects",
    dollars: 0.001,
    counted: (uses) => uses.rowsRead,
  },
  {
    what: "rows written in D1 and in objects, alarms set",
    dollars: 1,
    counted: (uses) => uses.rowsWritten,
  },
  { what: "R2 reads (class B)", dollars: 0.36, counted: (uses) => uses.r2Reads },
  { what: "R2 writes (class A)", dollars: 4.5, counted: (uses) => uses.r2Writes },
];

/** Dollars for a million of them. */
export function priceOf(uses: Uses): number {
  return PRICES.reduce((sum, { dollars, counted }) => sum + dollars * counted(uses), 0);
}
