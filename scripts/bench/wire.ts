// One WebSocket that is asked one thing at a time, by the NATS protocol or plainly: without a library, so that both sides
// of a comparison cost the same here.

const ANSWER_MS_MAX = 20_000;
const decoder = new TextDecoder();

export class Wire {
  readonly #socket: WebSocket;
  /** Its own: what is sent there goes to everybody who listens there. */
  readonly #inbox = `_INBOX.${crypto.randomUUID()}`;
  #text = "";
  #woken: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      this.#text += typeof data === "string" ? data : decoder.decode(data as ArrayBuffer);
      this.#woken();
    });
  }

  static async open(url: string): Promise<Wire> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`${url} did not open`)));
    });
    return new Wire(socket);
  }

  /** Connected as whose token it is, and listening for answers. */
  static async nats(url: string, token: string): Promise<Wire> {
    const wire = await Wire.open(url);
    const connect = { verbose: false, headers: true, no_responders: true, auth_token: token };
    wire.#socket.send(`CONNECT ${JSON.stringify(connect)}\r\nSUB ${wire.#inbox} 1\r\nPING\r\n`);
    await wire.#until("PONG\r\n");
    return wire;
  }

  /** Answers when the whole answer is there. */
  async request(subject: string, payload: string): Promise<void> {
    this.#socket.send(`PUB ${subject} ${this.#inbox} ${payload.length}\r\n${payload}\r\n`);
    const head = await this.#line();
    // MSG subject sid bytes, or HMSG subject sid headers bytes.
    const bytes = Number(/^H?MSG \S+ 1 (?:\d+ )?(\d+)\r\n$/.exec(head)?.[1]);
    if (Number.isNaN(bytes)) throw new Error(`expected a message, got ${JSON.stringify(head)}`);
    while (this.#text.length < bytes + 2) await this.#more();
    this.#text = this.#text.slice(bytes + 2);
  }

  async echo(text: string): Promise<void> {
    this.#socket.send(text);
    await this.#until(text);
  }

  close(): void {
    this.#socket.close();
  }

  /** The next that is not the server's question whether anybody is there. */
  async #line(): Promise<string> {
    for (;;) {
      const line = await this.#until("\r\n");
      if (line !== "PING\r\n") return line;
      this.#socket.send("PONG\r\n");
    }
  }

  async #until(text: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(text);
      if (at < 0) {
        await this.#more();
        continue;
      }
      const taken = this.#text.slice(0, at + text.length);
      this.#text = this.#text.slice(at + text.length);
      return taken;
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`no answer in ${ANSWER_MS_MAX} ms, after ${this.#text}`)),
        ANSWER_MS_MAX,
      );
      this.#woken = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
