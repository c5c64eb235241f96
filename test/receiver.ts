// Before the tests, in Node: who webhooks are sent to. What stands first in a path is how it behaves; `/seen/KEY` tells
// what came to any path that ends in that key.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    receiverPort: number;
  }
}

type Seen = { path: string; headers: IncomingMessage["headers"]; body: string };

export default async function setup(project: TestProject): Promise<() => void> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const path = request.url ?? "";
      const body = Buffer.concat(pieces).toString();
      const [, how = "", key = ""] = path.split("/");
      if (how === "seen") {
        const mine = seen.filter((one) => one.path.endsWith(`/${key}`));
        return void response.end(JSON.stringify(mine));
      }
      seen.push({ path, headers: request.headers, body });
      answer(how, response, seen.filter((one) => one.path === path).length);
    });
  });
  const { receiverPort } = project.getProvidedContext();
  await new Promise<void>((resolve) => server.listen(receiverPort, "127.0.0.1", resolve));
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

function answer(how: string, response: ServerResponse, times: number): void {
  switch (how) {
    case "stalls":
      return;
    case "recovers":
      return void response.writeHead(times === 1 ? 500 : 204).end();
    case "fails":
      return void response.writeHead(503, { "Retry-After": "3600" }).end("no");
    case "gone":
      return void response.writeHead(410).end();
    case "elsewhere":
      return elsewhere(response);
    case "redirects":
      return void response.writeHead(307, { Location: "/takes/redirected" }).end();
    case "cuts":
      return void response.destroy();
    case "floods":
      return flood(response);
    case "lies":
      // Says that all is well, and that much more is to come, which never does.
      return void response.writeHead(200, { "Content-Length": "1000000" }).write("ok");
    default:
      return void response.writeHead(200).end("ok");
  }
}

/** To the same server by another name. */
function elsewhere(response: ServerResponse): void {
  const { url = "", socket } = response.req;
  const Location = `http://127.0.0.1:${socket.localPort}/takes/redirected-${url.split("/").at(-1)}`;
  response.writeHead(307, { Location }).end();
}

/** An answer without an end. */
function flood(response: ServerResponse): void {
  response.writeHead(500);
  const piece = Buffer.alloc(65_536);
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", more);
  more();
}

/** The port must be named before the Worker starts, and so before the receiver does. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
