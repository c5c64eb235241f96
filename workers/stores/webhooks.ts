// Endpoints that are told of events, with their secrets: an HMAC's key can't be kept as a hash, so it is sealed.
import { and, asc, eq, or } from "drizzle-orm";
import type { Webhook } from "#domain/webhook.ts";
import { database } from "./database.ts";
import { webhooks } from "./schema.ts";
import { resealing, seal, sealAnew, staleness, unseal } from "./sealed.ts";

export async function putWebhook(env: Env, webhook: Webhook): Promise<void> {
  const { previous, secret, ...rest } = webhook;
  const owner = ownerOf(webhook.id);
  const row = {
    ...rest,
    secret: await seal(env, secret, owner),
    previousSecret: previous === null ? null : await seal(env, previous.secret, owner),
    previousUntil: previous?.until ?? null,
  };
  await database(env)
    .insert(webhooks)
    .values(row)
    .onConflictDoUpdate({ target: webhooks.id, set: row });
}

export async function findWebhook(env: Env, id: string): Promise<Webhook | null> {
  const [row] = await database(env).select().from(webhooks).where(eq(webhooks.id, id));
  return row === undefined ? null : webhookOf(env, row);
}

export async function listWebhooks(env: Env): Promise<Webhook[]> {
  const rows = await database(env)
    .select()
    .from(webhooks)
    .orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  return Promise.all(rows.map((row) => webhookOf(env, row)));
}

/** Whom the hub wakes for what: no secret is read for it. */
export async function enabledHooks(env: Env): Promise<Pick<Webhook, "id" | "events">[]> {
  const { id, events, enabled } = webhooks;
  return database(env).select({ id, events }).from(webhooks).where(eq(enabled, true));
}

/** Seals under the present key what another sealed, or none. */
export async function resealWebhooks(env: Env): Promise<void> {
  const isStale = await staleness(env);
  const { id, secret, previousSecret } = webhooks;
  const rows = await database(env)
    .select()
    .from(webhooks)
    .where(or(isStale(secret), isStale(previousSecret)));
  for (const { id: rowId, secret: kept, previousSecret: keptBefore } of rows) {
    const owner = ownerOf(rowId);
    await resealing(owner, async () => {
      const set = {
        secret: await sealAnew(env, kept, owner),
        previousSecret: keptBefore === null ? null : await sealAnew(env, keptBefore, owner),
      };
      // A rotation that came between is later than what was read.
      await database(env)
        .update(webhooks)
        .set(set)
        .where(and(eq(id, rowId), eq(secret, kept)));
    });
  }
}

export async function disableWebhook(
  env: Env,
  id: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<void> {
  const set = { enabled: false, disabledReason: reason, updatedAt: now };
  await database(env).update(webhooks).set(set).where(eq(webhooks.id, id));
}

export async function deleteWebhook(env: Env, id: string): Promise<void> {
  await database(env).delete(webhooks).where(eq(webhooks.id, id));
}

async function webhookOf(env: Env, row: typeof webhooks.$inferSelect): Promise<Webhook> {
  const { previousSecret: kept, previousUntil: until, ...rest } = row;
  const owner = ownerOf(row.id);
  const secret = await unseal(env, row.secret, owner);
  const previous =
    kept === null || until === null ? null : { secret: await unseal(env, kept, owner), until };
  return { ...rest, secret, previous };
}

function ownerOf(id: string): string {
  return `webhooks:${id}`;
}
