// A lattice's messages: it speaks NATS with the sockets of its clients and sleeps while they are silent. It knows no
// subject's meaning: what a service answers is asked of the Worker, who then tells what to send to whom.
import { DurableObject } from "cloudflare:workers";
import { Consumers } from "#domain/nats/consumers.ts";
import { hearingsOf, messagesBefore } from "#domain/messaging.ts";
import type { Message } from "#domain/nats/frame.ts";
import { infoFrame, messageFrame, unanswered } from "#domain/nats/frame.ts";
import { LIMITS } from "#domain/nats/operation.ts";
import type { Publication } from "#domain/nats/operation.ts";
import { act, authenticated, delivered, isExpired, newSession } from "#domain/nats/session.ts";
import type { Acted, Effect, Session } from "#domain/nats/session.ts";
import { isServiced } from "#domain/nats/service.ts";
import { matches } from "#domain/nats/subject.ts";
import { recipients } from "#domain/nats/subscription.ts";
import type { Subscription } from "#domain/nats/subscription.ts";
import { HEARTBEAT_PERIOD_MS } from "#domain/node.ts";
import { ROLES } from "#domain/role.ts";
import type { Principal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { messagingLinks } from "#stores/links.ts";
import { Connection } from "./nats/connection.ts";
import { Listeners } from "./nats/listeners.ts";
import type { Listener } from "./nats/listeners.ts";
import { Watch } from "./nats/watch.ts";

const CONNECTIONS_MAX = 10_000;
/** A client's requests that are being answered at once; what comes on top waits unread. */
const REQUESTS_MAX = 64;
/** How long a connection may be open without saying who it is. */
const AUTHENTICATION_MS = 10_000;
/** Clients tell by it what they may ask for; of what came after 2.10 nothing is there. */
const PROTOCOL_VERSION = "2.10.0";
/** RFC 6455: policy violation, and try again later. */
const REFUSED = 1008;
const FULL = 1013;

export class NatsObject extends DurableObject<Env> {
  readonly #connections = new Map<WebSocket, Connection>();
  readonly #consumers = new Consumers();
  readonly #listeners: Listeners;
  readonly #watch: Watch;
  /** Readings of what the links say, one after the other. */
  #linking: Promise<void> = Promise.resolve();

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#listeners = new Listeners(state.storage.kv, (component, message) =>
      this.#hand(component, message),
    );
    this.#watch = new Watch(state, this.#lattice);
    for (const socket of state.getWebSockets()) {
      this.#connections.set(socket, Connection.awake(socket));
    }
  }

  /** Only upgrades come here; who may connect without saying who they are comes with them. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    const now = Date.now();
    const principal = anonymous(this.env.ANONYMOUS_NATS_ROLE);
    const session = newSession({ clientId: this.#nextId(), principal, now });
    this.ctx.acceptWebSocket(server);
    const connection = Connection.opened(server, session);
    if (this.#connections.size >= CONNECTIONS_MAX) {
      connection.close("maximum connections exceeded", FULL);
      return new Response(null, { status: 101, webSocket: client });
    }
    this.#connections.set(server, connection);
    if (principal === null) await this.#wakeBy(now + AUTHENTICATION_MS);
    connection.send(
      infoFrame({
        server_id: this.ctx.id.toString(),
        server_name: `edgeloom-${this.ctx.id.name ?? "default"}`,
        version: PROTOCOL_VERSION,
        proto: 1,
        host: new URL(request.url).hostname,
        port: Number(new URL(request.url).port || 443),
        headers: true,
        jetstream: true,
        max_payload: LIMITS.payloadMax,
        client_id: session.clientId,
        auth_required: principal === null,
      }),
    );
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Delivers to everyone who listens; what the orchestrator itself says. */
  publish(messages: readonly Message[]): void {
    for (const message of messages) this.#deliver(message, null);
  }

  /** The links of the lattice have changed: who hears what is read anew. */
  async relink(): Promise<void> {
    const linking = this.#readLinks(this.#linking);
    this.#linking = linking.catch(() => undefined);
    await linking;
  }

  async #readLinks(before: Promise<void>): Promise<void> {
    await before;
    const links = await messagingLinks(database(this.env), this.#lattice);
    this.#listeners.become(links.flatMap(hearingsOf));
    await this.#beginWatch();
  }

  /** Events, in order. False where nobody listens for any: then no more come until somebody does. */
  bring(messages: readonly Message[]): boolean {
    this.publish(messages);
    return this.#watch.isHeard(this.#subscriptions());
  }

  /** A component's. "nobody" where none listens, null where nobody answers in time. */
  request(asked: Pick<Message, "subject" | "headers" | "payload">, timeoutMs: number) {
    const reply = `_INBOX.${crypto.randomUUID()}`;
    const message = { ...asked, reply };
    const ask = () => this.#deliver(message, null);
    return this.#listeners.reply(reply, { timeoutMs, ask });
  }

  override async webSocketMessage(socket: WebSocket, data: ArrayBuffer | string): Promise<void> {
    const connection = this.#connections.get(socket);
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    await connection?.inTurn(bytes, () => this.#take(connection, bytes));
  }

  override webSocketClose(socket: WebSocket): void {
    this.#connections.delete(socket);
    // A hibernating socket's close isn't answered by the runtime, and clients wait for the answer.
    socket.close();
  }

  override webSocketError(socket: WebSocket): void {
    this.#connections.delete(socket);
  }

  /** Closes those who took too long to say who they are, and looks again while there are others. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    let opened = Number.POSITIVE_INFINITY;
    for (const connection of this.#connections.values()) {
      const { principal, openedAt } = connection.session;
      if (principal !== null) continue;
      if (openedAt + AUTHENTICATION_MS <= now) this.#close(connection, "Authentication Timeout");
      else opened = Math.min(opened, openedAt);
    }
    if (Number.isFinite(opened)) await this.#wakeBy(opened + AUTHENTICATION_MS);
    if (!this.#watch.isHeard(this.#subscriptions())) return;
    await this.#wakeBy(now + HEARTBEAT_PERIOD_MS);
    await this.#beginWatch();
    this.publish(await this.#watch.beats(this.#subscriptions(), now));
  }

  async #wakeBy(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }

  async #beginWatch(): Promise<void> {
    const lookAt = await this.#watch.begin(this.#subscriptions(), Date.now());
    if (lookAt !== null) await this.#wakeBy(lookAt);
  }

  *#subscriptions(): Iterable<Subscription> {
    for (const [, subscription] of this.#held(null)) yield subscription;
  }

  async #take(connection: Connection, bytes: Uint8Array): Promise<void> {
    for (const operation of connection.parser.feed(bytes)) {
      if (connection.isClosed) return;
      await this.#perform(connection, act(connection.session, operation, Date.now()));
    }
    connection.settle();
  }

  async #perform(connection: Connection, { session, effects }: Acted): Promise<void> {
    const isListening = session.subscriptions.length > connection.session.subscriptions.length;
    connection.become(session);
    if (isListening) {
      this.#deliverDue(session);
      await this.#beginWatch();
    }
    for (const effect of effects) await this.#effect(connection, effect);
  }

  async #effect(connection: Connection, effect: Effect): Promise<void> {
    switch (effect.type) {
      case "send":
        connection.send(effect.frame);
        return;
      case "pong":
        connection.caughtUp();
        return;
      case "close":
        this.#close(connection, effect.text);
        return;
      case "authenticate": {
        const { options } = effect;
        const { user, password, token } = options;
        const isAnonymous = user === null && password === null && token === null;
        const { principal, expiresAt } = connection.session;
        const who = isAnonymous
          ? principal && { principal, expiresAt }
          : await this.ctx.exports.LatticeService.authenticate({ user, password, token });
        await this.#perform(connection, authenticated(connection.session, options, who));
        return;
      }
      case "refuse": {
        const { by, refusal } = effect;
        const lattice = this.#lattice;
        const told = this.ctx.exports.LatticeService.refused({ ...refusal, by, lattice });
        await told.catch((cause: unknown) => console.error("no entry of a refusal", cause));
        return;
      }
      case "publish":
        await this.#publish(connection, effect.publication);
    }
  }

  async #publish(connection: Connection, publication: Publication): Promise<void> {
    const { subject, reply } = publication;
    const { principal } = connection.session;
    const heard = this.#deliver(publication, connection);
    if (isServiced(subject) && principal !== null) {
      const asked = { ...publication, by: principal };
      while (connection.requests.size >= REQUESTS_MAX) await Promise.race(connection.requests);
      const answered = this.#answer(asked).finally(() => connection.requests.delete(answered));
      connection.requests.add(answered);
      this.ctx.waitUntil(answered);
      return;
    }
    const { noResponders } = connection.session;
    if (heard > 0 || reply === null || !noResponders) return;
    for (const { sid, subject } of connection.session.subscriptions) {
      if (!matches(subject, reply)) continue;
      connection.send(messageFrame(sid, unanswered(reply), true));
      this.#count(connection, sid);
    }
  }

  async #answer(asked: Publication & { readonly by: Principal }): Promise<void> {
    const held = this.#consumers.answer(asked);
    if (held !== null) {
      this.publish([held]);
      return;
    }
    const lattice = this.#lattice;
    const { messages, consumer } = await this.ctx.exports.LatticeService.answer({
      ...asked,
      lattice,
    });
    this.publish(messages);
    if (consumer === null) return;
    this.#consumers.hold(consumer, Date.now());
    for (const { session } of this.#connections.values()) this.#deliverDue(session);
  }

  /** To whoever began to listen only after what it waited for was there. */
  #deliverDue({ subscriptions }: Session): void {
    this.publish(this.#consumers.due(subscriptions.map(({ subject }) => subject)));
  }

  get #lattice(): string {
    return this.ctx.id.name ?? "default";
  }

  async #hand(component: string, { subject, reply, headers, payload }: Message): Promise<void> {
    const to = { lattice: this.#lattice, component };
    const chain = { links: 0, messages: messagesBefore(headers) };
    const message = { subject, reply, body: payload };
    await this.ctx.exports.Messenger.deliver(to, message, chain).catch((cause: unknown) =>
      console.warn(`a message on ${subject} was lost`, cause),
    );
  }

  /** To how many it went. */
  #deliver(message: Message, from: Connection | null): number {
    const held = this.#held(from);
    const to = recipients(held, message.deliverTo ?? message.subject, Math.random);
    for (const [connection, { sid }] of to) {
      if (!(connection instanceof Connection)) {
        connection.take(message);
        continue;
      }
      connection.send(messageFrame(sid, message, connection.session.headers));
      this.#count(connection, sid);
    }
    return to.length;
  }

  *#held(from: Connection | null): Iterable<readonly [Connection | Listener, Subscription]> {
    const now = Date.now();
    for (const connection of this.#connections.values()) {
      const { session } = connection;
      if (connection === from && !session.echo) continue;
      if (isExpired(session, now)) {
        this.#close(connection, "User Authentication Expired");
        continue;
      }
      for (const subscription of session.subscriptions) yield [connection, subscription] as const;
    }
    yield* this.#listeners.held();
  }

  /** A slow client is closed while it is sent to: then nothing is counted any more. */
  #count(connection: Connection, sid: string): void {
    if (connection.isClosed) this.#connections.delete(connection.socket);
    else connection.become(delivered(connection.session, sid));
  }

  #close(connection: Connection, text: string): void {
    connection.close(text, REFUSED);
    this.#connections.delete(connection.socket);
  }

  /** Grows over evictions too. */
  #nextId(): number {
    const next = (this.ctx.storage.kv.get<number>("clients") ?? 0) + 1;
    this.ctx.storage.kv.put("clients", next);
    return next;
  }
}

/** Null where nobody connects without saying who they are. */
function anonymous(named: string): Principal | null {
  const role = ROLES.find((role) => role === named);
  return role === undefined ? null : { username: "anonymous", role };
}
