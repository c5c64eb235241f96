// Use cases of webhooks: what an endpoint is told stands in D1, its deliveries in an object of its own, and the hub
// knows whom to wake.
import { Fault } from "#domain/fault.ts";
import { allowedHosts, rotated, webhookRefusal } from "#domain/webhook.ts";
import type { DeliveryStatus, Webhook } from "#domain/webhook.ts";
import { setHooks } from "#stores/events.ts";
import { webhookOf } from "#stores/objects.ts";
import * as store from "#stores/webhooks.ts";

const WEBHOOKS_MAX = 100;
const SECRET_BYTES = 32;

export type NewWebhook = Pick<Webhook, "url" | "events" | "description" | "enabled"> & {
  /** Null: one is made. */
  readonly secret: string | null;
};
type Changeable = Omit<NewWebhook, "secret">;
/** What isn't given stays. */
export type WebhookChange = { readonly [Name in keyof Changeable]?: Changeable[Name] | undefined };

export async function createWebhook(env: Env, given: NewWebhook, now: number): Promise<Webhook> {
  assertReachable(env, [given.url]);
  const present = await store.listWebhooks(env);
  assertRoom(present.length + 1);
  const webhook = webhookFrom(given, now);
  await begin(env, webhook);
  await tellHub(env);
  return webhook;
}

export async function listWebhooks(env: Env): Promise<Webhook[]> {
  return store.listWebhooks(env);
}

export async function getWebhook(env: Env, id: string): Promise<Webhook> {
  const webhook = await store.findWebhook(env, id);
  if (webhook !== null) return webhook;
  throw new Fault("NOT_FOUND", `There is no webhook ${id}; GET /webhooks lists them.`);
}

export async function changeWebhook(
  env: Env,
  id: string,
  { change, now }: { readonly change: WebhookChange; readonly now: number },
): Promise<Webhook> {
  const before = await getWebhook(env, id);
  if (change.url !== undefined) assertReachable(env, [change.url]);
  const enabled = change.enabled ?? before.enabled;
  await put(env, before, {
    ...before,
    url: change.url ?? before.url,
    events: change.events ?? before.events,
    description: change.description ?? before.description,
    enabled,
    disabledReason: enabled ? null : before.disabledReason,
    updatedAt: now,
  });
  await tellHub(env);
  return getWebhook(env, id);
}

export async function removeWebhook(env: Env, id: string): Promise<void> {
  await getWebhook(env, id);
  await remove(env, id);
  await tellHub(env);
}

/** Answers the new secret; the one before signs beside it for a day. */
export async function rotateSecret(
  env: Env,
  id: string,
  { secret, now }: { readonly secret: string | null; readonly now: number },
): Promise<Webhook> {
  const webhook = rotated(await getWebhook(env, id), secret ?? newSecret(), now);
  await store.putWebhook(env, webhook);
  return webhook;
}

/**
 * Makes the endpoints those of a configuration, which are told apart by their URLs. Nothing is changed if one is
 * refused.
 */
export async function configureWebhooks(
  env: Env,
  wanted: readonly NewWebhook[],
  now: number,
): Promise<Webhook[]> {
  assertRoom(wanted.length);
  assertReachable(
    env,
    wanted.map(({ url }) => url),
  );
  const present = await store.listWebhooks(env);
  for (const given of wanted) {
    const before = present.find(({ url }) => url === given.url);
    if (before === undefined) await begin(env, webhookFrom(given, now));
    else await put(env, before, reconfigured(before, given, now));
  }
  const kept = new Set(wanted.map(({ url }) => url));
  for (const { id, url } of present) if (!kept.has(url)) await remove(env, id);
  await tellHub(env);
  return store.listWebhooks(env);
}

export async function listDeliveries(
  env: Env,
  id: string,
  page: { readonly status: DeliveryStatus | null; readonly limit: number; readonly offset: number },
) {
  await getWebhook(env, id);
  const { status, limit, offset } = page;
  return webhookOf(env, id).list(status, { limit, offset });
}

/** One dead letter, or all of them. Answers how many are tried again. */
export async function replayDeadLetters(
  env: Env,
  id: string,
  deliveryId: string | null,
): Promise<number> {
  const { enabled } = await getWebhook(env, id);
  if (!enabled) {
    const message = `Webhook ${id} is disabled: enable it with PUT /webhooks/${id} first.`;
    throw new Fault("CONFLICT", message);
  }
  const count = await webhookOf(env, id).replay(deliveryId);
  if (deliveryId === null || count === 1) return count;
  throw new Fault("NOT_FOUND", `There is no dead letter ${deliveryId} of webhook ${id}.`);
}

/** What an eviction or a crash between two writes may have left undone. */
export async function sweepWebhooks(env: Env): Promise<void> {
  await store.resealWebhooks(env);
  const hooks = await tellHub(env);
  await Promise.all(hooks.map(async ({ id }) => webhookOf(env, id).wake()));
}

async function begin(env: Env, webhook: Webhook): Promise<void> {
  await webhookOf(env, webhook.id).begin();
  await store.putWebhook(env, webhook);
  await webhookOf(env, webhook.id).wake();
}

/** Of what happened while it was disabled an endpoint is not told. */
async function put(env: Env, before: Webhook, after: Webhook): Promise<void> {
  const isBack = after.enabled && !before.enabled;
  if (isBack) await webhookOf(env, after.id).begin();
  await store.putWebhook(env, after);
  if (isBack) await webhookOf(env, after.id).wake();
}

async function remove(env: Env, id: string): Promise<void> {
  await store.deleteWebhook(env, id);
  await webhookOf(env, id).wake();
}

async function tellHub(env: Env) {
  const hooks = await store.enabledHooks(env);
  await setHooks(env, hooks);
  return hooks;
}

function webhookFrom({ secret, ...given }: NewWebhook, now: number): Webhook {
  return {
    ...given,
    id: `wh-${crypto.randomUUID()}`,
    secret: secret ?? newSecret(),
    previous: null,
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** A configuration without a secret keeps the one that there is; with another one it rotates. */
function reconfigured(before: Webhook, { secret, ...given }: NewWebhook, now: number): Webhook {
  const isNew = secret !== null && secret !== before.secret;
  const webhook = isNew ? rotated(before, secret, now) : before;
  const disabledReason = given.enabled ? null : before.disabledReason;
  return { ...webhook, ...given, disabledReason, updatedAt: now };
}

/** Of the form that Standard Webhooks gives secrets. */
function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

function assertReachable(env: Env, urls: readonly string[]): void {
  const allowed = allowedHosts(env.WEBHOOK_ALLOWED_HOSTS);
  const details = urls.flatMap((url) => {
    const refusal = webhookRefusal(url, allowed);
    return refusal === null ? [] : [`url ${url}: ${refusal}.`];
  });
  if (details.length === 0) return;
  throw new Fault("VALIDATION_ERROR", "Nothing may be sent there.", { details });
}

function assertRoom(count: number): void {
  if (count <= WEBHOOKS_MAX) return;
  throw new Fault("CONFLICT", `There may be ${WEBHOOKS_MAX} webhooks, not ${count}.`);
}
