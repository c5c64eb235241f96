// Draws requests, sends them, and keeps what was wrong with the answers.
import { inspect } from "node:util";
import fc from "fast-check";
import { Random } from "#scripts/chaos/random.ts";
import type { Client } from "#scripts/client.ts";
import { faultOf, parsed } from "./judge.ts";
import type { Operation, Schemas } from "./operations.ts";
import { Pool } from "./pool.ts";
import { requestsTo } from "./request.ts";
import type { Drawn, Intent } from "./request.ts";
import { restock } from "./stock.ts";

/** An answer later than this is a hang: the longest bounded wait that an operation documents is 30 s. */
const HANG_MS = 40_000;
/** Requests after which what they may have taken away is put there again. */
const RESTOCK_EVERY = 200;
const INTENTS: readonly [Intent, ...Intent[]] = [
  "valid",
  "valid",
  "nearly valid",
  "nearly valid",
  "hostile",
];

export type Found = {
  readonly operation: string;
  readonly fault: string;
  readonly request: Drawn;
  readonly answer: string;
  count: number;
};

export type Tally = {
  sent: number;
  /** By status. */
  readonly statuses: Map<number, number>;
  /** Operations that answered 1xx, 2xx or 3xx at least once. */
  readonly reached: Set<string>;
  readonly found: Map<string, Found>;
  slowestMs: number;
};

/** What a success had for a body: as JSON where it was some. */
export type Success = { readonly body: unknown };

export type FuzzerOptions = {
  readonly url: string;
  readonly client: Client;
  readonly operations: readonly [Operation, ...Operation[]];
  readonly schemas: Schemas;
  readonly seed: number;
  /** The administrator's token, one of somebody who may only read, and what isn't a token. */
  readonly tokens: { readonly admin: string; readonly viewer: string };
  readonly untouchable: readonly string[];
};

export class Fuzzer {
  readonly tally: Tally = {
    sent: 0,
    statuses: new Map(),
    reached: new Set(),
    found: new Map(),
    slowestMs: 0,
  };
  readonly #options: FuzzerOptions;
  readonly #random: Random;
  readonly #pool: Pool;

  constructor(options: FuzzerOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#pool = new Pool(options.untouchable);
    this.#pool.learn("/wadm/api/{lattice}", { lattice: "default" });
  }

  /** Sends so many requests, one after the other: the same seed sends the same ones while the answers are the same. */
  async run(requests: number, until: number): Promise<void> {
    for (let count = 0; count < requests && Date.now() < until; count += 1) {
      if (count % RESTOCK_EVERY === 0) await this.restock();
      await this.#one(this.#random.pick(this.#options.operations));
    }
  }

  /** Puts there what requests act on. */
  async restock(): Promise<void> {
    await restock(this.#options.client, this.#pool);
  }

  async #one(operation: Operation): Promise<void> {
    const intent = this.#random.pick(INTENTS);
    const arbitrary = requestsTo(operation, intent, {
      schemas: this.#options.schemas,
      pool: this.#pool,
    });
    const seed = this.#random.between(0, 2 ** 31 - 1);
    const [request] = fc.sample(arbitrary, { numRuns: 1, seed });
    if (request !== undefined) await this.try(operation, request, this.#tokenFor(operation));
  }

  /** Sends it, and judges what comes; answers it where it is a success, and null where it isn't one. */
  async try(operation: Operation, request: Drawn, token: string): Promise<Success | null> {
    const startedAt = Date.now();
    const answer = await this.#send(request, token);
    const tookMs = Date.now() - startedAt;
    const { tally } = this;
    tally.sent += 1;
    tally.slowestMs = Math.max(tally.slowestMs, tookMs);
    if (typeof answer === "string") {
      this.#find({ operation: operation.name, fault: answer, request, answer: "" });
      return null;
    }
    tally.statuses.set(answer.status, (tally.statuses.get(answer.status) ?? 0) + 1);
    if (answer.status < 400) {
      tally.reached.add(operation.name);
      this.#pool.learn(operation.path, parsed(answer.text));
    }
    const fault = faultOf(operation, answer, this.#options.schemas);
    if (fault !== null)
      this.#find({ operation: operation.name, fault, request, answer: answer.text });
    return answer.status < 400 ? { body: parsed(answer.text) ?? answer.text } : null;
  }

  /** Mostly the administrator's; never for what would end its own session. */
  #tokenFor({ name }: Operation): string {
    const { admin, viewer } = this.#options.tokens;
    if (name === "POST /auth/logout" || name === "POST /auth/refresh") return "nonsense";
    if (this.#random.chance(0.9)) return admin;
    return this.#random.pick([viewer, "nonsense", ""]);
  }

  async #send(request: Drawn, token: string) {
    const { method, path, headers, body } = request;
    try {
      const response = await fetch(`${this.#options.url}${path}`, {
        method,
        headers: { ...headers, ...(token === "" ? {} : { Authorization: `Bearer ${token}` }) },
        ...(body === null ? {} : { body }),
        redirect: "manual",
        signal: AbortSignal.timeout(HANG_MS),
      });
      const [type = ""] = (response.headers.get("Content-Type") ?? "").split(";");
      return { status: response.status, type, text: await response.text() };
    } catch (thrown) {
      return `no answer: ${inspect(thrown, { depth: 1 }).split("\n")[0]}`;
    }
  }

  #find({ operation, fault, request, answer }: Omit<Found, "count">): void {
    // One of each: the same fault with other numbers and names is the same.
    const key = `${operation} ${fault.replaceAll(/\d{4,}|"[^"]*"/g, "…").slice(0, 200)}`;
    const known = this.tally.found.get(key);
    if (known !== undefined) known.count += 1;
    else this.tally.found.set(key, { operation, fault, request, answer, count: 1 });
  }
}
