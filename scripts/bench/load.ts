// A bounded load: so many keep-alive connections, each of which sends its next request when it has its answer.
import { Agent, request } from "node:http";
import { quantile } from "./statistics.ts";

export type Target = {
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Answered = { readonly status: number; readonly text: string };

/** Sends over a fixed number of connections of its own. */
export class Connections {
  readonly size: number;
  readonly #agent: Agent;

  constructor(size: number) {
    this.size = size;
    this.#agent = new Agent({ keepAlive: true, maxSockets: size, maxFreeSockets: size });
  }

  send({ url, method, headers, body }: Target): Promise<Answered> {
    const length = Buffer.byteLength(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { agent: this.#agent, method, headers: { ...headers, "Content-Length": length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      // One that was kept open may be closed at the other end just when it is used again.
      sent.on("error", (error) => {
        if (sent.reusedSocket && "code" in error && error.code === "ECONNRESET") {
          resolve(this.send({ url, method, headers, body }));
        } else reject(error);
      });
      sent.end(body);
    });
  }

  /** All connections at once, each one request after the other, for as long as `goesOn` says. */
  async keepBusy(goesOn: () => boolean, send: () => Promise<void>): Promise<void> {
    const connection = async (): Promise<void> => {
      while (goesOn()) await send();
    };
    await Promise.all(Array.from({ length: this.size }, connection));
  }

  close(): void {
    this.#agent.destroy();
  }
}

export type Measured = {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** Keeps all connections busy for so long, with the same request or each time the next one. */
export async function measure(
  connections: Connections,
  target: Target | (() => Target),
  forMs: number,
): Promise<Measured> {
  const latencies: number[] = [];
  const began = performance.now();
  await connections.keepBusy(
    () => performance.now() - began < forMs,
    async () => {
      const next = typeof target === "function" ? target() : target;
      const sentAt = performance.now();
      expectSuccess(await connections.send(next));
      latencies.push(performance.now() - sentAt);
    },
  );
  return summed(latencies, performance.now() - began);
}

/** Of latencies in milliseconds, over a span in which they all lay. */
export function summed(latencies: number[], spanMs: number): Measured {
  const seconds = spanMs / 1000;
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

export function expectSuccess({ status, text }: { status: number; text: string }): void {
  if (status !== 200) throw new Error(`expected 200, got ${status}: ${text}`);
}
