// The sockets of one hub: each has a place in the log, and is sent what follows it. Who doesn't read is dropped: what
// waits for a reader in the runtime is bounded, and it finds its place again by `since`.
import type { Event } from "#domain/event.ts";
import { EVERY_EVENT, isWanted } from "#domain/event.ts";
import { frameOf } from "#domain/event/frame.ts";
import { ADMISSION_MS, BUFFER_BYTES_MAX } from "#domain/event/subscription.ts";
import type { Admission, Subscription } from "#domain/event/subscription.ts";
import type { EventLog } from "./log.ts";

/** What outlives the hub's sleep beside the socket. */
type Attachment = Omit<Subscription, "since"> & {
  readonly joinedAt: number;
  /** The event after which it began. */
  readonly from: number;
  /** Once it had all that there was, it stands where the whole hub stands. */
  readonly isCurrent: boolean;
};

type Reader = Attachment & {
  /** The event up to which it was served. */
  place: number;
  /** When it last took anything while it was catching up. */
  tookAt: number;
};

const PAGE = 100;
/** Sockets that are served before others have their turn. */
const TURN = 500;
const CATCH_UP_WAIT_MS = 20;
/** A reader that catches up may let the hub wait for so long. */
const STALL_MS_MAX = 30_000;
/** RFC 6455, 7.4.1: policy violation; try again later. */
const REFUSED = 1008;
const TRY_AGAIN = 1013;

export class Readers {
  readonly #ctx: DurableObjectState;
  readonly #log: EventLog;
  readonly #readers = new WeakMap<WebSocket, Reader>();
  /** Where readers stood that were current when the hub fell asleep. */
  readonly #stood: number;
  #flowing: Promise<void> | null = null;
  #newest: number;

  constructor(ctx: DurableObjectState, log: EventLog) {
    this.#ctx = ctx;
    this.#log = log;
    this.#newest = log.newest();
    this.#stood = ctx.storage.kv.get<number>("served") ?? this.#newest;
  }

  get count(): number {
    return this.#ctx.getWebSockets().length;
  }

  join(socket: WebSocket, subscription: Subscription, now: number): void {
    const { since, ...rest } = subscription;
    this.#ctx.acceptWebSocket(socket);
    const from = this.#log.startOf(since);
    this.#keep(socket, { ...rest, from, joinedAt: now, isCurrent: false });
    this.flow();
  }

  admit(socket: WebSocket, admission: Admission): void {
    const { place: _, tookAt: __, ...attachment } = this.#readerOf(socket);
    this.#keep(socket, { ...attachment, admission });
    this.flow();
  }

  isAdmitted(socket: WebSocket): boolean {
    return this.#readerOf(socket).admission !== null;
  }

  /** Sends what is new to everybody. Nobody waits for it: one flow runs at a time, and takes up what comes meanwhile. */
  flow(): void {
    this.#newest = this.#log.newest();
    this.#flowing ??= this.#flow().finally(() => {
      this.#flowing = null;
    });
    this.#ctx.waitUntil(this.#flowing);
  }

  /** Drops who has not said who it is, or may no longer read; answers when the next one's time comes. */
  expire(now: number): number | null {
    const waiting = this.#ctx.getWebSockets().flatMap((socket) => {
      const { admission, joinedAt } = this.#readerOf(socket);
      const until = admission?.expiresAt ?? joinedAt + ADMISSION_MS;
      if (now < until) return [until];
      drop(socket, REFUSED, admission === null ? "no token was sent" : "the token has expired");
      return [];
    });
    return waiting.length === 0 ? null : Math.min(...waiting);
  }

  async #flow(): Promise<void> {
    for (;;) {
      const upTo = this.#newest;
      const isBehind = await this.#serveAll(upTo);
      this.#ctx.storage.kv.put("served", upTo);
      if (isBehind) await scheduler.wait(CATCH_UP_WAIT_MS);
      else if (upTo === this.#newest) return;
    }
  }

  /** True when somebody has not taken all of it. */
  async #serveAll(upTo: number): Promise<boolean> {
    let isBehind = false;
    let served = 0;
    const recent = new Recent(this.#log, upTo);
    for (const socket of this.#ctx.getWebSockets()) {
      if (this.#serve(socket, recent)) isBehind = true;
      served += 1;
      if (served % TURN === 0) await scheduler.wait(0);
    }
    return isBehind;
  }

  #serve(socket: WebSocket, recent: Recent): boolean {
    const reader = this.#readerOf(socket);
    if (socket.readyState !== WebSocket.READY_STATE_OPEN || reader.admission === null) return false;
    if (reader.place >= recent.upTo) return this.#becomeCurrent(socket, reader);
    if (Date.now() >= reader.admission.expiresAt) {
      drop(socket, REFUSED, "the token has expired");
      return false;
    }
    return reader.isCurrent
      ? this.#serveCurrent(socket, reader, recent)
      : this.#catchUp(socket, reader, recent.upTo);
  }

  #serveCurrent(socket: WebSocket, reader: Reader, recent: Recent): boolean {
    const { place } = reader;
    for (const [event, frame] of recent.after(place, reader.form)) {
      if (socket.bufferedAmount > BUFFER_BYTES_MAX) {
        const reason = `slow reader: over ${BUFFER_BYTES_MAX} bytes wait to be read; connect again with since=${reader.place}`;
        drop(socket, TRY_AGAIN, reason);
        return false;
      }
      if (isWanted(reader.filter, event)) socket.send(frame);
      reader.place = event.id;
    }
    reader.place = recent.upTo;
    return false;
  }

  /** Replays as much as the reader takes now. */
  #catchUp(socket: WebSocket, reader: Reader, upTo: number): boolean {
    while (socket.bufferedAmount < BUFFER_BYTES_MAX / 2) {
      const page = this.#log.after(reader.place, reader.filter, PAGE);
      for (const event of page) socket.send(frameOf(reader.form, event));
      reader.place = Math.max(upTo, page.at(-1)?.id ?? 0);
      reader.tookAt = Date.now();
      if (page.length < PAGE) return this.#becomeCurrent(socket, reader);
      reader.place = page.at(-1)?.id ?? reader.place;
    }
    if (Date.now() - reader.tookAt < STALL_MS_MAX) return true;
    drop(
      socket,
      TRY_AGAIN,
      `slow reader: nothing was read; connect again with since=${reader.place}`,
    );
    return false;
  }

  #becomeCurrent(socket: WebSocket, reader: Reader): false {
    if (reader.isCurrent) return false;
    const { place, tookAt, ...attachment } = reader;
    const current = { ...attachment, isCurrent: true };
    socket.serializeAttachment(current);
    this.#readers.set(socket, { ...current, place, tookAt });
    return false;
  }

  #keep(socket: WebSocket, attachment: Attachment): void {
    socket.serializeAttachment(attachment);
    this.#readers.set(socket, { ...attachment, place: attachment.from, tookAt: Date.now() });
  }

  #readerOf(socket: WebSocket): Reader {
    const known = this.#readers.get(socket);
    if (known !== undefined) return known;
    // Written by `#keep` and `#becomeCurrent` alone.
    const attachment = socket.deserializeAttachment() as Attachment;
    const place = attachment.isCurrent ? this.#stood : attachment.from;
    const reader = { ...attachment, place, tookAt: Date.now() };
    this.#readers.set(socket, reader);
    return reader;
  }
}

/** The newest events, read once and drawn once for all who are current. */
class Recent {
  readonly upTo: number;
  readonly #log: EventLog;
  readonly #drawn = new Map<string, readonly (readonly [Event, string])[]>();

  constructor(log: EventLog, upTo: number) {
    this.#log = log;
    this.upTo = upTo;
  }

  after(place: number, form: Subscription["form"]): readonly (readonly [Event, string])[] {
    const key = `${form} ${place}`;
    const known = this.#drawn.get(key);
    if (known !== undefined) return known;
    const events = this.#log.after(place, EVERY_EVENT, this.upTo - place);
    const drawn = events
      .filter(({ id }) => id <= this.upTo)
      .map((event) => [event, frameOf(form, event)] as const);
    this.#drawn.set(key, drawn);
    return drawn;
  }
}

function drop(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
}
