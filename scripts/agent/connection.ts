// One socket to the node's runner, from its first word to its end. It pings, and takes silence for the end.
import { CLOSE, PING, PING_MS, PONG, PROTOCOL, SILENCE_MS } from "#domain/agent/protocol.ts";
import { readOrder } from "#domain/agent/order.ts";
import type { Order } from "#domain/agent/order.ts";
import type { Report, Vitals } from "#domain/agent/report.ts";

export type Ended = {
  readonly code: number;
  readonly reason: string;
  readonly wasWelcome: boolean;
};

export type Listener = {
  readonly welcome: (order: Extract<Order, { type: "welcome" }>) => void;
  readonly order: (order: Exclude<Order, { type: "welcome" }>) => void;
};

export class Connection {
  readonly #socket: WebSocket;
  readonly #end = Promise.withResolvers<Ended>();
  #heardAt = Date.now();
  #wasWelcome = false;

  constructor(url: string, token: string) {
    // Node's WebSocket takes headers, as no browser's does: the declarations are those of browsers.
    const Socket = WebSocket as unknown as new (url: string, options: object) => WebSocket;
    this.#socket = new Socket(url, { headers: { Authorization: `Bearer ${token}` } });
  }

  /** Says hello, passes orders on, and answers when the socket is at its end, which it always comes to. */
  async run(hello: { runtime: string; runtimeVersion: string; vitals: Vitals }, to: Listener) {
    const socket = this.#socket;
    socket.addEventListener("open", () => {
      this.say({ type: "hello", protocol: PROTOCOL, ...hello });
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data, to));
    socket.addEventListener("close", ({ code, reason }) => this.#finish(code, reason));
    socket.addEventListener("error", () => this.#finish(1006, "the socket failed"));
    const pulse = setInterval(() => this.#pulse(), PING_MS);
    try {
      return await this.#end.promise;
    } finally {
      clearInterval(pulse);
    }
  }

  /** What is said when nobody listens any more is lost, and so is who asked for it. */
  say(report: Report): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(report));
  }

  close(): void {
    this.#socket.close(1000, "the agent ends");
    this.#finish(1000, "the agent ends");
  }

  #hear(data: unknown, to: Listener): void {
    this.#heardAt = Date.now();
    if (data === PONG) return;
    const heard = readOrder(data);
    if (!heard.ok) {
      this.#socket.close(CLOSE.malformed);
      return this.#finish(CLOSE.malformed, heard.fault);
    }
    const { message } = heard;
    if (message.type !== "welcome") return to.order(message);
    this.#wasWelcome = true;
    to.welcome(message);
  }

  #pulse(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS) {
      this.#socket.close();
      return this.#finish(CLOSE.silent, "the orchestrator is silent");
    }
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(PING);
  }

  #finish(code: number, reason: string): void {
    this.#end.resolve({ code, reason, wasWelcome: this.#wasWelcome });
  }
}
