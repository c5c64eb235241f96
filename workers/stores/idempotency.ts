// Answers kept by Idempotency-Key, so that a request which is sent again makes nothing twice.
import { and, eq, lt } from "drizzle-orm";
import type { Database } from "./database.ts";
import { idempotency } from "./schema.ts";

export type Attempt = { readonly principal: string; readonly key: string };
export type Answer = { readonly status: number; readonly body: string };

export type Begun =
  | { readonly type: "first" }
  | { readonly type: "running" }
  | { readonly type: "mismatch" }
  | { readonly type: "answered"; readonly answer: Answer };

/** Keys are kept for a day, as Stripe keeps them. */
const KEPT_MS = 24 * 3_600_000;
/** A first request that never answered (its isolate was lost) holds its key no longer than this. */
const RUNNING_MS = 60_000;

export async function beginAttempt(
  db: Database,
  attempt: Attempt & { readonly fingerprint: string },
  now: number,
): Promise<Begun> {
  const { principal, key, fingerprint } = attempt;
  const [, inserted] = await db.batch([
    db.delete(idempotency).where(lt(idempotency.createdAt, now - KEPT_MS)),
    db
      .insert(idempotency)
      .values({ principal, key, fingerprint, createdAt: now })
      .onConflictDoNothing()
      .returning({ key: idempotency.key }),
  ]);
  if (inserted.length === 1) return { type: "first" };
  const [row] = await db.select().from(idempotency).where(own(attempt));
  if (row === undefined) return { type: "running" };
  if (row.fingerprint !== fingerprint) return { type: "mismatch" };
  if (row.status !== null) {
    return { type: "answered", answer: { status: row.status, body: row.body ?? "" } };
  }
  if (row.createdAt > now - RUNNING_MS) return { type: "running" };
  const taken = await db
    .update(idempotency)
    .set({ createdAt: now })
    .where(and(own(attempt), eq(idempotency.createdAt, row.createdAt)))
    .returning({ key: idempotency.key });
  return { type: taken.length === 1 ? "first" : "running" };
}

export async function keepAnswer(db: Database, attempt: Attempt, answer: Answer): Promise<void> {
  await db.update(idempotency).set(answer).where(own(attempt));
}

/** A failed attempt made nothing: the key may be used again. */
export async function forgetAttempt(db: Database, attempt: Attempt): Promise<void> {
  await db.delete(idempotency).where(own(attempt));
}

function own({ principal, key }: Attempt) {
  return and(eq(idempotency.principal, principal), eq(idempotency.key, key));
}
