// Requests of the 000 dialect, sent to the Worker as the runtime would send them.
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { fetch } from "../../workers/app.ts";

export type Json = Record<string, unknown>;

export type Answer<Body = Json> = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
};

export type Problem = {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: readonly string[];
    readonly timestamp: string;
    readonly requestId: string;
    readonly retryAfter?: number;
  };
};

export type Sent = {
  readonly json?: unknown;
  /** In place of `json`: a body as it is, with its Content-Type among the headers. */
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
};

type Server = (request: Request) => Promise<Response>;

export const ORIGIN = "https://edgeloom.test";

const worker: Server = (request) => exports.default.fetch(request);

/** The same Worker with other values of some bindings. */
export function serverWith(bindings: Partial<Env>): Server {
  return async (request) => fetch(request, { ...env, ...bindings }, createExecutionContext());
}

/** What went well of what this file's tests asked for, but for reads. */
export const changed: { readonly operation: string; readonly requestId: string | null }[] = [];

export class Client {
  readonly username: string;
  readonly token: string | null;
  readonly #server: Server;

  constructor(who: { username: string; token: string | null }, server: Server = worker) {
    this.username = who.username;
    this.token = who.token;
    this.#server = server;
  }

  /** The same user at another server: the app with other bindings. */
  at(server: Server): Client {
    return new Client({ username: this.username, token: this.token }, server);
  }

  get<Body = Json>(path: string): Promise<Answer<Body>> {
    return this.send("GET", path);
  }

  post<Body = Json>(
    path: string,
    json?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    return this.send("POST", path, json === undefined ? { headers } : { json, headers });
  }

  async send<Body = Json>(method: string, path: string, sent: Sent = {}): Promise<Answer<Body>> {
    const headers = new Headers(sent.headers);
    if (this.token !== null && !headers.has("Authorization")) {
      headers.set("Authorization", `Bearer ${this.token}`);
    }
    if (sent.json !== undefined && !headers.has("Content-Type")) {
      headers.set("Content-Type", "application/json");
    }
    const body = sent.json === undefined ? sent.body : JSON.stringify(sent.json);
    const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body }) };
    const response = await this.#server(new Request(`${ORIGIN}${path}`, init));
    if (response.ok && method !== "GET") {
      const requestId = response.headers.get("X-Request-Id");
      changed.push({ operation: `${method} ${path}`, requestId });
    }
    const text = await response.text();
    // The test that asks says which answer it expects; what comes is then asserted.
    const parsed = (text === "" ? {} : parse(text)) as Body;
    return { status: response.status, headers: response.headers, body: parsed };
  }
}

/** Nobody: no token is sent. */
export const nobody = new Client({ username: "nobody", token: null });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
