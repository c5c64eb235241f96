// The sockets: each stream of the document, and NATS, get frames that are right, nearly right and rubbish.
// After each the program must still answer; a socket must be closed or go on, never hang the one beside it.
import { setTimeout as sleep } from "node:timers/promises";
import { mutated } from "#test/domain/nats/fuzz.ts";
import { Random } from "#scripts/chaos/random.ts";

const OPEN_MS = 10_000;
const LISTEN_MS = 150;
/** What a well-behaved client would get beside it. */
const ANSWER_MS = 10_000;

export type Socket = {
  readonly name: string;
  readonly address: string;
  /** What the document calls it, where it has it. */
  readonly operation: string | null;
  /** Sent as a client that isn't a browser sends it. */
  readonly token?: string;
};

export type SocketFault = { readonly socket: string; readonly fault: string };

type Beside = {
  readonly socket: Socket;
  readonly frames: readonly (string | Uint8Array<ArrayBuffer>)[];
};

/** Frames that the sockets of the dialects may get from their clients. */
export function framesFor({ name }: Socket, seed: number): Beside["frames"] {
  const random = new Random(seed);
  const next = (): number => random.next();
  if (name === "NATS") {
    return Array.from({ length: random.between(1, 12) }, () => new Uint8Array(mutated(next)));
  }
  const texts = [
    '{"type":"auth","token":"nonsense"}',
    '{"token":null}',
    "{}",
    "[]",
    "null",
    "{",
    "\u0000",
    "x".repeat(100_000),
    JSON.stringify({ events: Array.from({ length: 2_000 }, () => "*") }),
  ] as const;
  return Array.from({ length: random.between(1, 6) }, () =>
    random.chance(0.2)
      ? Uint8Array.from({ length: random.between(0, 200) }, () => random.between(0, 255))
      : random.pick([texts[0], ...texts.slice(1)]),
  );
}

export type Tried = {
  readonly isOpen: boolean;
  /** Null when the socket behaved, and the program answered beside it. */
  readonly fault: SocketFault | null;
};

/** Sends the frames and listens for a while. */
export async function trySocket({ socket, frames }: Beside, health: string): Promise<Tried> {
  let isOpen = false;
  const fault = (text: string): Tried => ({ isOpen, fault: { socket: socket.name, fault: text } });
  const { address, token } = socket;
  // Node's WebSocket takes headers, as no browser's does: the declarations are those of browsers.
  const Socket = WebSocket as unknown as new (url: string, options: object) => WebSocket;
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const connection = new Socket(address, { headers });
  connection.binaryType = "arraybuffer";
  const closed = new Promise<CloseEvent | null>((resolve) => {
    connection.addEventListener("close", resolve);
    connection.addEventListener("error", () => resolve(null));
  });
  const opened = await Promise.race([
    new Promise<"open">((resolve) => connection.addEventListener("open", () => resolve("open"))),
    closed.then(() => "refused" as const),
    sleep(OPEN_MS, "silent" as const),
  ]);
  if (opened === "silent") return fault(`it neither opened nor closed in ${OPEN_MS} ms`);
  isOpen = opened === "open";
  if (isOpen) {
    for (const frame of frames)
      if (connection.readyState === WebSocket.OPEN) connection.send(frame);
    const event = await Promise.race([closed, sleep(LISTEN_MS, "goes on" as const)]);
    // 1011: the server met something that it didn't expect.
    if (event !== "goes on" && event?.code === 1011)
      return fault(`it was closed with 1011 ${event.reason}`);
    connection.close();
  }
  try {
    const response = await fetch(health, { signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok
      ? { isOpen, fault: null }
      : fault(`afterwards the health was ${response.status}`);
  } catch (thrown) {
    return fault(`afterwards the program didn't answer: ${String(thrown)}`);
  }
}
