// One endpoint's deliveries: reads the events that it wants from where it stood, and tries each until it arrives or a
// day is over. A slow or broken endpoint keeps nobody else's waiting. Not on Queues: README, Webhooks, says why.
import { DurableObject } from "cloudflare:workers";
import { documentData } from "#domain/event/frame.ts";
import type { Event } from "#domain/event.ts";
import { allowedHosts, judge, signers } from "#domain/webhook.ts";
import type { DeliveryStatus, Webhook } from "#domain/webhook.ts";
import { eventsAfter, newestEvent } from "#stores/events.ts";
import { disableWebhook, findWebhook } from "#stores/webhooks.ts";
import { Outbox } from "./webhook/outbox.ts";
import type { DeliveryPage, Due } from "./webhook/outbox.ts";
import { send } from "./webhook/send.ts";
import { signed } from "./webhook/signature.ts";

/** Attempts at once. */
const ATTEMPTS_AT_ONCE = 8;
/** With more waiting, events stay in the hub. */
const PENDING_MAX = 1_000;
const EVENTS_AT_ONCE = 100;
/** After so long the rest waits for the next alarm. */
const ROUNDS_MS = 60_000;
const CURSOR = "cursor";

export class WebhookObject extends DurableObject<Env> {
  readonly #outbox: Outbox;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#outbox = new Outbox(ctx.storage.sql);
  }

  /** Wants what comes from now on. */
  async begin(): Promise<void> {
    this.ctx.storage.kv.put(CURSOR, await newestEvent(this.env));
  }

  /** There may be something to do. */
  async wake(): Promise<void> {
    await this.#wakeBy(Date.now());
  }

  list(
    status: DeliveryStatus | null,
    page: { readonly limit: number; readonly offset: number },
  ): DeliveryPage {
    return this.#outbox.list(status, page);
  }

  async replay(id: string | null): Promise<number> {
    const count = this.#outbox.replay(id, Date.now());
    if (count > 0) await this.wake();
    return count;
  }

  override async alarm(): Promise<void> {
    const until = Date.now() + ROUNDS_MS;
    while (Date.now() < until) {
      const webhook = await findWebhook(this.env, this.ctx.id.name ?? "");
      // Deleted: nothing is kept. Only here, where no attempt is under way that would note what came of it.
      if (webhook === null) return this.ctx.storage.deleteAll();
      if (!webhook.enabled) return;
      const hasMore = await this.#collect(webhook);
      const due = this.#outbox.due(Date.now(), ATTEMPTS_AT_ONCE);
      if (due.length === 0 && !hasMore) break;
      const gone = await Promise.all(due.map(async (delivery) => this.#attempt(webhook, delivery)));
      if (gone.includes(true)) return this.#close(webhook);
    }
    const next = this.#outbox.nextAt();
    if (next !== null) await this.#wakeBy(next);
  }

  /** Events become deliveries in one write with where it stands. Answers whether there may be more. */
  async #collect(webhook: Webhook): Promise<boolean> {
    const from = this.ctx.storage.kv.get<number>(CURSOR);
    if (from === undefined || this.#outbox.pending() >= PENDING_MAX) return false;
    const { events, to } = await eventsAfter(this.env, from, {
      types: webhook.events,
      limit: EVENTS_AT_ONCE,
    });
    const createdAt = Date.now();
    for (const event of events) {
      const { id: eventId, type } = event;
      const id = `msg_${webhook.id}_${eventId}`;
      this.#outbox.add({ id, eventId, type, payload: payloadOf(event), createdAt });
    }
    this.ctx.storage.kv.put(CURSOR, to);
    return events.length === EVENTS_AT_ONCE;
  }

  /** Noted when it is over: a crash before that tries once more, under the same id. */
  async #attempt(webhook: Webhook, { id, payload, ...delivery }: Due): Promise<boolean> {
    const now = Date.now();
    const message = await signed({ id, payload, secrets: signers(webhook, now), now });
    const attempt = await send(webhook.url, message, {
      allowed: allowedHosts(this.env.WEBHOOK_ALLOWED_HOSTS),
      timeoutMs: Number(this.env.WEBHOOK_TIMEOUT_SECONDS) * 1_000,
    });
    const verdict = judge(delivery, attempt, { now: Date.now(), chance: Math.random() });
    this.#outbox.note(id, verdict);
    return verdict.isGone;
  }

  async #close({ id }: Webhook): Promise<void> {
    const reason = "The receiver answered 410 Gone.";
    await disableWebhook(this.env, id, { reason, now: Date.now() });
    this.#outbox.bury(Date.now(), reason);
  }

  async #wakeBy(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }
}

/** As the document has it, but for the signature, which is made anew for every attempt. */
function payloadOf(event: Event): string {
  const timestamp = new Date(event.at).toISOString();
  return JSON.stringify({ event: event.type, timestamp, data: documentData(event) });
}
