// Events, and readers that follow a topic over a real socket.
import { env } from "cloudflare:workers";
import { EVERY_EVENT } from "#domain/event.ts";
import type { NewEvent } from "#domain/event.ts";
import type { Subscription } from "#domain/event/subscription.ts";
import { follow } from "#stores/events.ts";
import type { Topic } from "#stores/events.ts";
import { eventually } from "#test/builders/deployments.ts";

type Frame = Record<string, unknown>;
export type Ending = { readonly code: number; readonly reason: string };

export function newEvent(given: Partial<NewEvent> = {}): NewEvent {
  return {
    type: "workload.scaled",
    at: Date.now(),
    subject: "workloads/my-app",
    app: "my-app",
    message: "Scaled from 2 to 3 replicas",
    level: "info",
    data: {},
    ...given,
  };
}

/** What one reader got, in order. */
export class Reader {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  ending: Ending | null = null;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data !== "pong") this.frames.push(JSON.parse(data) as Frame);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.ending = { code, reason };
    });
    socket.accept();
  }

  async reach(count: number): Promise<Frame[]> {
    return eventually(
      async () => this.frames,
      (frames) => frames.length >= count,
    );
  }

  async ended(): Promise<Ending> {
    const ending = await eventually(
      async () => this.ending,
      (seen) => seen !== null,
    );
    return ending ?? { code: 0, reason: "" };
  }
}

export async function open(topic: Topic, given: Partial<Subscription> = {}): Promise<WebSocket> {
  const response = await follow(env, topic, {
    form: "apps",
    filter: EVERY_EVENT,
    since: { type: "now" },
    admission: { username: "reader", expiresAt: Date.now() + 3_600_000 },
    ...given,
  });
  if (response.webSocket === null) throw new Error(`no socket: ${await response.text()}`);
  return response.webSocket;
}

export async function read(topic: Topic, given: Partial<Subscription> = {}): Promise<Reader> {
  return new Reader(await open(topic, given));
}
