// The sockets of a node's agents. They hibernate: what must outlast a nap is in their attachments.
import { PING, PONG, SILENCE_MS } from "#domain/agent/protocol.ts";

const TAG = "agent";

/** By which token a socket was opened, and whether its agent has said who it is. */
type Attachment = {
  readonly tokenId: string;
  readonly endsAt: number;
  readonly session: string;
  readonly attachedAt: number;
  readonly isGreeted: boolean;
};

export class AgentSockets {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  open(admission: Pick<Attachment, "tokenId" | "endsAt">, now: number): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours, [TAG]);
    attach(ours, { ...admission, session: crypto.randomUUID(), attachedAt: now, isGreeted: false });
    return new Response(null, { status: 101, webSocket: theirs });
  }

  greeted(socket: WebSocket): void {
    attach(socket, { ...attachmentOf(socket), isGreeted: true });
  }

  /** The one that is heard and has said who it is. */
  attached(except: WebSocket | null = null): WebSocket | null {
    const now = Date.now();
    return (
      this.all().find(
        (socket) =>
          socket !== except && attachmentOf(socket).isGreeted && !this.isSilent(socket, now),
      ) ?? null
    );
  }

  isSilent(socket: WebSocket, now: number): boolean {
    const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return now - Math.max(pinged, attachmentOf(socket).attachedAt) > SILENCE_MS;
  }

  /** All that are open. */
  all(): WebSocket[] {
    return this.#ctx
      .getWebSockets(TAG)
      .filter(({ readyState }) => readyState === WebSocket.READY_STATE_OPEN);
  }
}

export function attachmentOf(socket: WebSocket): Attachment {
  // Written by `attach` below on every socket that is opened here.
  return socket.deserializeAttachment() as Attachment;
}

function attach(socket: WebSocket, attachment: Attachment): void {
  socket.serializeAttachment(attachment);
}
