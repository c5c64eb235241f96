// What a guest must not reach: a server of this machine, which counts who came to it.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Secret = {
  readonly host: string;
  readonly seen: () => number;
  readonly close: () => void;
};

export async function openSecret(): Promise<Secret> {
  let seen = 0;
  const server = createServer((_, response) => {
    seen += 1;
    response.end("secret");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { host: `127.0.0.1:${port}`, seen: () => seen, close };
}
