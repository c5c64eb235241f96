// Who is told of events, and answers that there is nobody any more: what was sent becomes a dead letter at once.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

const GONE = 410;

export class Receiver {
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    // A server that listens on a port has such an address.
    const { port } = server.address() as AddressInfo;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async open(): Promise<Receiver> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(GONE).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Receiver(server);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
