// One client's socket: its session, kept with the socket so that the object may sleep; what of its bytes isn't whole
// yet; and how much was sent to it that it hasn't yet been seen to take.
import { errorFrame } from "#domain/nats/frame.ts";
import { Parser } from "#domain/nats/parser.ts";
import type { Session } from "#domain/nats/session.ts";

/** Bytes that may wait for their turn; a client waits for CONNECT to be answered before it sends more. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** The platform tells nothing of its send buffers: after so many bytes the client is asked for a sign. */
const UNSEEN_BYTES_ASKED = 2 * 1024 * 1024;
const UNSEEN_BYTES_MAX = 16 * 1024 * 1024;
const PING = new TextEncoder().encode("PING\r\n");
const POLICY = 1008;

/** What lies with the socket. `isAmid`: bytes of an operation that isn't whole are in memory alone. */
type Attachment = { readonly session: Session; readonly isAmid: boolean };

export class Connection {
  readonly socket: WebSocket;
  readonly parser = new Parser();
  readonly requests = new Set<Promise<void>>();
  isClosed = false;
  #session: Session;
  #isAmid: boolean;
  #turn: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #unseenBytes = 0;
  #askedAt: number | null = null;

  private constructor(socket: WebSocket, { session, isAmid }: Attachment) {
    this.socket = socket;
    this.#session = session;
    this.#isAmid = isAmid;
  }

  static opened(socket: WebSocket, session: Session): Connection {
    const connection = new Connection(socket, { session, isAmid: false });
    connection.#keep();
    return connection;
  }

  /** After sleep. Half an operation was lost then: what follows it can't be told from its rest. */
  static awake(socket: WebSocket): Connection {
    // Written by #keep alone.
    const attachment = socket.deserializeAttachment() as Attachment;
    const connection = new Connection(socket, attachment);
    if (attachment.isAmid) connection.close("Stale Connection", POLICY);
    return connection;
  }

  get session(): Session {
    return this.#session;
  }

  /** Counts of subscriptions without an end live in memory alone: there is nothing to keep with each message. */
  become(session: Session): void {
    if (session === this.#session) return;
    const isKept = changes(this.#session, session);
    this.#session = session;
    if (isKept) this.#keep();
  }

  /** What comes while CONNECT is looked at waits, so that operations are obeyed in their order. */
  async inTurn(bytes: Uint8Array, take: () => Promise<void>): Promise<void> {
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      this.close("Slow Consumer", POLICY);
      return;
    }
    const before = this.#turn;
    const turn = async (): Promise<void> => {
      await before;
      this.#waitingBytes -= bytes.length;
      if (!this.isClosed) await take();
    };
    this.#turn = turn();
    await this.#turn;
  }

  settle(): void {
    if (this.isClosed || this.parser.isAmid === this.#isAmid) return;
    this.#isAmid = this.parser.isAmid;
    this.#keep();
  }

  /** A client that takes nothing is closed before what it is sent can hurt others. */
  send(frame: Uint8Array): void {
    if (this.isClosed) return;
    this.#unseenBytes += frame.length;
    if (this.#unseenBytes > UNSEEN_BYTES_MAX) {
      this.close("Slow Consumer", POLICY);
      return;
    }
    this.socket.send(frame);
    if (this.#unseenBytes < UNSEEN_BYTES_ASKED || this.#askedAt !== null) return;
    this.#askedAt = this.#unseenBytes;
    this.socket.send(PING);
  }

  /** A PONG: all that was sent before the PING was taken. */
  caughtUp(): void {
    this.#unseenBytes -= this.#askedAt ?? 0;
    this.#askedAt = null;
  }

  close(text: string, code: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.socket.send(errorFrame(text));
      this.socket.close(code, text);
    } catch {
      // The client went first.
    }
  }

  #keep(): void {
    const attachment: Attachment = { session: this.#session, isAmid: this.#isAmid };
    this.socket.serializeAttachment(attachment);
  }
}

function changes(before: Session, after: Session): boolean {
  const { subscriptions, ...rest } = after;
  const isSame =
    Object.entries(rest).every(([name, value]) => before[name as keyof Session] === value) &&
    before.subscriptions.length === subscriptions.length &&
    subscriptions.every((subscription, at) => {
      const other = before.subscriptions[at];
      return (
        other?.sid === subscription.sid &&
        other.max === subscription.max &&
        (subscription.max === null || other.delivered === subscription.delivered)
      );
    });
  return !isSame;
}
