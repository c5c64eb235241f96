// Events, told to the hub that keeps them. Topics are hubs of their own: one noisy app slows no other's readers.
import { EVERY_EVENT } from "#domain/event.ts";
import type { Event, EventFilter, NewEvent } from "#domain/event.ts";
import type { Webhook } from "#domain/webhook.ts";
import { SUBSCRIPTION_HEADER } from "#domain/event/subscription.ts";
import type { Since, Subscription } from "#domain/event/subscription.ts";

/** `events` is what happened; `logs:my-app` and `metrics:my-app` are what one app said and measured. */
export type Topic = "events" | `logs:${string}` | `metrics:${string}`;

/** Rows that a topic keeps, whatever their age. */
const EVENTS_MAX = 1_000_000;
const LINES_MAX = 2_000;

const TRIES = 3;
const BETWEEN_TRIES_MS = 100;

/**
 * Kept when it answers how many follow the topic: nothing that was told is lost. Throws when the hub can't be reached, for callers with an
 * outbox of their own; give such an event a key.
 */
export async function publish(
  env: Env,
  told: NewEvent | readonly NewEvent[],
  topic: Topic = "events",
): Promise<number> {
  const events = [told].flat();
  if (events.length === 0) return 0;
  return hubOf(env, topic).publish(events, topic === "events" ? EVENTS_MAX : LINES_MAX);
}

/** For callers whose work is done already: tries a few times, and writes to the log what no hub took. */
export async function announce(env: Env, told: NewEvent | readonly NewEvent[]): Promise<void> {
  // Tried again, it is the same event.
  const keyed = [told].flat().map((event) => ({ key: crypto.randomUUID(), ...event }));
  for (let tried = 1; ; tried += 1) {
    try {
      await publish(env, keyed);
      return;
    } catch (cause) {
      if (tried === TRIES) {
        console.error(
          JSON.stringify({ level: "error", message: "events not kept", events: keyed }),
          cause,
        );
        return;
      }
      await scheduler.wait(BETWEEN_TRIES_MS * 2 ** tried);
    }
  }
}

export type EventQuery = {
  readonly filter: EventFilter;
  /** Null: from the first that is kept. */
  readonly since: Since | null;
  readonly limit: number;
  readonly offset?: number;
};

/** Newest first. */
export async function queryEvents(
  env: Env,
  query: EventQuery,
  topic: Topic = "events",
): Promise<{ events: Event[]; total: number; hasMore: boolean }> {
  const { offset = 0 } = query;
  const { events, total } = await hubOf(env, topic).query({ ...query, offset });
  return { events, total, hasMore: offset + events.length < total };
}

/** Hands a WebSocket upgrade to the topic's hub. */
export async function follow(
  env: Env,
  topic: Topic,
  subscription: Subscription,
): Promise<Response> {
  return hubOf(env, topic).fetch("https://hub/", {
    headers: { Upgrade: "websocket", [SUBSCRIPTION_HEADER]: JSON.stringify(subscription) },
  });
}

/** What happened after a number, oldest first, and up to which number that is all. */
export async function eventsAfter(
  env: Env,
  id: number,
  { types, limit }: { readonly types: readonly string[]; readonly limit: number },
): Promise<{ events: Event[]; to: number }> {
  return hubOf(env, "events").after(id, { ...EVERY_EVENT, types }, limit);
}

export async function newestEvent(env: Env): Promise<number> {
  return hubOf(env, "events").newest();
}

/** The hub wakes these, and no others, when something happened that they want. */
export async function setHooks(
  env: Env,
  hooks: readonly Pick<Webhook, "id" | "events">[],
): Promise<void> {
  await hubOf(env, "events").setHooks(hooks.map(({ id, events }) => ({ id, events })));
}

/** What one app said and measured goes: another of its name begins with nothing. */
export async function forgetApp(env: Env, app: string): Promise<void> {
  const ever = Number.MAX_SAFE_INTEGER;
  await Promise.all([
    hubOf(env, `logs:${app}`).deleteBefore(ever),
    hubOf(env, `metrics:${app}`).deleteBefore(ever),
  ]);
}

export async function deleteEventsBefore(env: Env, at: number): Promise<void> {
  await hubOf(env, "events").deleteBefore(at);
}

/** The events are brought to the lattice's object while anybody listens there. */
export async function followOn(
  env: Env,
  carrier: { readonly name: string; readonly lattices: readonly string[] },
): Promise<void> {
  await hubOf(env, "events").carry(carrier);
}

/** The platform's own mapping of its methods never ends on data that hold data: HubObject has these. */
type HubStub = Pick<Fetcher, "fetch"> & {
  publish(events: readonly NewEvent[], rowsMax: number): Promise<number>;
  query(query: Required<EventQuery>): Promise<{ events: Event[]; total: number }>;
  after(id: number, filter: EventFilter, limit: number): Promise<{ events: Event[]; to: number }>;
  newest(): Promise<number>;
  carry(carrier: { readonly name: string; readonly lattices: readonly string[] }): Promise<void>;
  setHooks(hooks: readonly Pick<Webhook, "id" | "events">[]): Promise<void>;
  deleteBefore(at: number): Promise<void>;
};

function hubOf(env: Env, topic: Topic): HubStub {
  const hubs: { getByName(name: string): unknown } = env.HUBS;
  return hubs.getByName(topic) as HubStub;
}
