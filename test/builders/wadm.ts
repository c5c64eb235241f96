// The wadm API over both of its transports, asked in the same words.
import { exports } from "cloudflare:workers";
import { ORIGIN } from "#test/builders/client.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { unique, user } from "#test/builders/users.ts";

/** An operation, on a model or none; a text is sent as it is. */
export type Ask = <Body = Json>(
  operation: string,
  name?: string | null,
  body?: Json | string,
) => Promise<Body>;

export type Transport = {
  readonly name: "NATS" | "HTTP";
  /** A lattice of its own, and somebody who may change what is in it. */
  readonly open: () => Promise<Opened>;
};

type Opened = { readonly lattice: string; readonly ask: Ask };

type Standing = { readonly type: string; readonly message: string };

export type Status = {
  readonly version: string;
  readonly status: Standing;
  readonly components: readonly {
    readonly name: string;
    readonly status: Standing;
    readonly traits: readonly { readonly name: string; readonly status: Standing }[];
  }[];
};

/** An upgrade waits for its bakes, and for calls in flight. */
const WAIT_MS = 45_000;
const textOf = (body: Json | string) => (typeof body === "string" ? body : JSON.stringify(body));

export async function overNats(client: Client, lattice: string, prefix = ""): Promise<Ask> {
  const wire = await NatsWire.as(client.token);
  wire.send("SUB _INBOX.me.* 1\r\n");
  return async <Body>(operation: string, name?: string | null, body: Json | string = "") => {
    const subject = `${prefix}wadm.api.${lattice}.model.${operation}`;
    const text = await wire.request(name == null ? subject : `${subject}.${name}`, textOf(body));
    // The test that asks says which answer it expects; what comes is then asserted.
    return JSON.parse(text) as Body;
  };
}

/** What every answer of the control interface has. */
type Envelope<Body> = { success: boolean; message: string; response: Body };
export type Control = <Body = Json>(subject: string, body?: Json) => Promise<Envelope<Body>>;

export async function overControl(client: Client, lattice: string): Promise<Control> {
  const wire = await NatsWire.as(client.token);
  wire.send("SUB _INBOX.me.* 1\r\n");
  return async <Body>(subject: string, body?: Json) => {
    const payload = body === undefined ? "" : JSON.stringify(body);
    const text = await wire.request(`wasmbus.ctl.v1.${lattice}.${subject}`, payload);
    // As above.
    return JSON.parse(text) as Envelope<Body>;
  };
}

function overHttp(client: Client, lattice: string): Ask {
  return async <Body>(operation: string, name?: string | null, body: Json | string = "") => {
    const path = `/wadm/api/${lattice}/model/${operation}`;
    const answer = await client.send<Body>("POST", name == null ? path : `${path}/${name}`, {
      body: textOf(body),
      headers: { "Content-Type": "text/plain" },
    });
    return answer.body;
  };
}

/** A lattice of its own over HTTP: where both transports would tell the same. */
export async function openHttp(): Promise<Opened> {
  const lattice = unique("lattice");
  return { lattice, ask: overHttp(await user("Developer"), lattice) };
}

export const TRANSPORTS: readonly Transport[] = [
  {
    name: "NATS",
    open: async () => {
      const lattice = unique("lattice");
      return { lattice, ask: await overNats(await user("Developer"), lattice) };
    },
  },
  { name: "HTTP", open: openHttp },
];

/** The model's status once it is of that type. */
export function becomes(ask: Ask, model: string, type: string): Promise<Status> {
  return eventually(
    () => ask<Status>("status", model),
    (told) => told.status.type === type,
    WAIT_MS,
  );
}

/** A request of the public to a port of the lattice. */
export function visit(at: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "CF-Connecting-IP": unique("address") };
  const request = new Request(`${ORIGIN}/run/${at}/${path}`, { ...init, headers });
  return exports.default.fetch(request);
}
