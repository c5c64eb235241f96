// Endpoints that are told of events, with their secrets: an HMAC's key can't be kept as a hash.
import { asc, eq } from "drizzle-orm";
import type { Webhook } from "#domain/webhook.ts";
import type { Database } from "./database.ts";
import { webhooks } from "./schema.ts";

export async function putWebhook(db: Database, webhook: Webhook): Promise<void> {
  const { previous, ...rest } = webhook;
  const row = {
    ...rest,
    previousSecret: previous?.secret ?? null,
    previousUntil: previous?.until ?? null,
  };
  await db.insert(webhooks).values(row).onConflictDoUpdate({ target: webhooks.id, set: row });
}

export async function findWebhook(db: Database, id: string): Promise<Webhook | null> {
  const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id));
  return row === undefined ? null : webhookOf(row);
}

export async function listWebhooks(db: Database): Promise<Webhook[]> {
  const rows = await db.select().from(webhooks).orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  return rows.map(webhookOf);
}

export async function disableWebhook(
  db: Database,
  id: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<void> {
  const set = { enabled: false, disabledReason: reason, updatedAt: now };
  await db.update(webhooks).set(set).where(eq(webhooks.id, id));
}

export async function deleteWebhook(db: Database, id: string): Promise<void> {
  await db.delete(webhooks).where(eq(webhooks.id, id));
}

function webhookOf(row: typeof webhooks.$inferSelect): Webhook {
  const { previousSecret: secret, previousUntil: until, ...rest } = row;
  return { ...rest, previous: secret === null || until === null ? null : { secret, until } };
}
