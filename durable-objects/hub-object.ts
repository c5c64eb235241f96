// One topic's events: numbered, kept, and sent to whoever follows. An event is acknowledged when it is stored; sending
// it is nobody's wait. Sockets hibernate: a hub that nobody tells anything sleeps beside its readers.
import { DurableObject } from "cloudflare:workers";
import { bounded } from "#domain/event.ts";
import type { Event, EventFilter, NewEvent } from "#domain/event.ts";
import { ADMISSION_MS, SUBSCRIPTION_HEADER } from "#domain/event/subscription.ts";
import type { Since, Subscription } from "#domain/event/subscription.ts";
import { Carriers } from "./hub/carriers.ts";
import type { Carrier } from "./hub/carriers.ts";
import { Hooks } from "./hub/hooks.ts";
import type { Hook } from "./hub/hooks.ts";
import { EventLog } from "./hub/log.ts";
import { Readers } from "./hub/readers.ts";

export type EventQuery = {
  readonly filter: EventFilter;
  /** Null: from the first that is kept. */
  readonly since: Since | null;
  readonly limit: number;
  readonly offset: number;
};

export type EventPage = { readonly events: Event[]; readonly total: number };

/** Longer messages of a reader are none that it has to send. */
const MESSAGE_LENGTH_MAX = 16_384;
const REFUSED = 1008;

export class HubObject extends DurableObject<Env> {
  readonly #log: EventLog;
  readonly #readers: Readers;
  readonly #hooks: Hooks;
  readonly #carriers: Carriers;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#log = new EventLog(ctx.storage.sql);
    this.#readers = new Readers(ctx, this.#log);
    this.#hooks = new Hooks(ctx, env);
    this.#carriers = new Carriers(ctx);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Stored when it answers; with one write for all. Answers how many follow. */
  publish(events: readonly NewEvent[], rowsMax: number): number {
    const told = events.map((event) => this.#log.append(bounded(event), rowsMax));
    const types = told.flatMap((event) => (event === null ? [] : [event.type]));
    if (types.length > 0) this.#readers.flow();
    this.#carriers.tell(told.filter((event) => event !== null));
    this.#hooks.wake(types);
    return this.#readers.count;
  }

  /** Newest first. */
  query({ filter, since, limit, offset }: EventQuery): EventPage {
    const after = since === null ? 0 : this.#log.startOf(since);
    return this.#log.newestAfter(after, filter, { limit, offset });
  }

  /** Oldest first, and up to where they reach: all that was there, or as many as were asked for. */
  after(id: number, filter: EventFilter, limit: number): { events: Event[]; to: number } {
    const events = this.#log.after(id, filter, limit);
    const isAll = events.length < limit;
    return { events, to: isAll ? this.#log.newest() : (events.at(-1)?.id ?? id) };
  }

  newest(): number {
    return this.#log.newest();
  }

  /** A lattice's object, where somebody listens. */
  carry(carrier: Carrier): void {
    this.#carriers.add(carrier);
  }

  /** Whom to wake, all of them. */
  setHooks(hooks: readonly Hook[]): void {
    this.#hooks.set(hooks);
  }

  deleteBefore(at: number): void {
    this.#log.deleteBefore(at);
  }

  /** An upgrade that the Worker has looked at: the subscription stands in its header. */
  override async fetch(request: Request): Promise<Response> {
    // Only the Worker reaches this object, and writes the header itself.
    const subscription = JSON.parse(request.headers.get(SUBSCRIPTION_HEADER) ?? "") as Subscription;
    const most = Number(this.env.STREAM_SOCKETS_MAX);
    if (this.#readers.count >= most) {
      return new Response(`${most} sockets are open, which is all that a topic takes.`, {
        status: 503,
        headers: { "Retry-After": "30" },
      });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    const now = Date.now();
    this.#readers.join(server, subscription, now);
    await this.#wakeBy(subscription.admission?.expiresAt ?? now + ADMISSION_MS);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#readers.isAdmitted(socket)) return;
    const token = tokenIn(message);
    if (token === null) {
      return socket.close(REFUSED, 'expected {"type":"auth","token":"..."} as the first message');
    }
    const outcome = await this.ctx.exports.Doorkeeper.admit(token);
    if (typeof outcome === "string") return socket.close(REFUSED, outcome.slice(0, 120));
    this.#readers.admit(socket, outcome);
    return this.#wakeBy(outcome.expiresAt);
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  override webSocketError(_socket: WebSocket, cause: unknown): void {
    console.warn("a reader's socket failed", String(cause));
  }

  override async alarm(): Promise<void> {
    const next = this.#readers.expire(Date.now());
    if (next !== null) await this.#wakeBy(next);
  }

  async #wakeBy(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }
}

function tokenIn(message: string | ArrayBuffer): string | null {
  if (typeof message !== "string" || message.length > MESSAGE_LENGTH_MAX) return null;
  try {
    const said: unknown = JSON.parse(message);
    if (typeof said !== "object" || said === null) return null;
    const { type, token } = { type: null, token: null, ...said };
    return type === "auth" && typeof token === "string" ? token : null;
  } catch {
    return null;
  }
}
