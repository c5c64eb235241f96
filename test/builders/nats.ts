// A client that speaks NATS by hand over a WebSocket, so that a test may send what no library would.
import { exports } from "cloudflare:workers";
import { ORIGIN } from "./client.ts";

const WAIT_MS = 10_000;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class NatsWire {
  readonly #socket: WebSocket;
  #text = "";
  #requests = 0;
  #closed: string | null = null;
  #woken: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      this.#text += typeof data === "string" ? data : decoder.decode(data);
      this.#woken();
    });
    socket.addEventListener("close", ({ reason }) => {
      this.#closed = reason;
      this.#woken();
    });
    socket.accept();
  }

  static async open(path = "/nats"): Promise<NatsWire> {
    const request = new Request(`${ORIGIN}${path}`, { headers: { Upgrade: "websocket" } });
    const { webSocket, status } = await exports.default.fetch(request);
    if (webSocket === null) throw new Error(`no socket, but ${status}`);
    return new NatsWire(webSocket);
  }

  /** Open, and somebody: whose token it is. */
  static async as(token: string | null, options: Record<string, unknown> = {}, path?: string) {
    const wire = await NatsWire.open(path);
    const connect = { verbose: false, headers: true, no_responders: true, auth_token: token };
    wire.send(`CONNECT ${JSON.stringify({ ...connect, ...options })}\r\nPING\r\n`);
    await wire.until("PONG\r\n");
    return wire;
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.send(typeof bytes === "string" ? encoder.encode(bytes) : bytes);
  }

  publish(subject: string, payload: string, reply = ""): void {
    const size = encoder.encode(payload).length;
    this.send(`PUB ${subject} ${reply} ${size}\r\n${payload}\r\n`);
  }

  /** The answer's payload; `SUB _INBOX.me.* 1` must have been sent. */
  async request(subject: string, payload: string): Promise<string> {
    this.#requests += 1;
    const reply = `_INBOX.me.${this.#requests}`;
    this.publish(subject, payload, reply);
    const line = await this.until(`MSG ${reply} 1 `);
    await this.until("\r\n");
    // What a component says has headers.
    if (line.endsWith(`HMSG ${reply} 1 `)) await this.until("\r\n\r\n");
    return (await this.until("\r\n")).trimEnd();
  }

  /** All that came up to and with this text, once it came. */
  async until(text: string): Promise<string> {
    const end = await this.#await(() => this.#text.indexOf(text), text);
    const taken = this.#text.slice(0, end + text.length);
    this.#text = this.#text.slice(end + text.length);
    return taken;
  }

  /** What came by the time that the server has obeyed everything that was sent before. */
  async flush(): Promise<string> {
    this.send("PING\r\n");
    return (await this.until("PONG\r\n")).replace(/PONG\r\n$/, "");
  }

  /** The reason that the server closed it with. */
  async closed(): Promise<string> {
    await this.#await(() => (this.#closed === null ? -1 : 0), "a close");
    return this.#closed ?? "";
  }

  close(): void {
    this.#socket.close(1000, "done");
  }

  async #await(found: () => number, wanted: string): Promise<number> {
    const startedAt = Date.now();
    for (;;) {
      const at = found();
      if (at >= 0) return at;
      if (Date.now() - startedAt > WAIT_MS || (this.#closed !== null && wanted !== "a close")) {
        throw new Error(`waited for ${wanted}, got ${JSON.stringify(this.#text)} ${this.#closed}`);
      }
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
        setTimeout(resolve, 100);
      });
    }
  }
}
