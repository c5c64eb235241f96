// What the parts of chaos share: the runtime, its client, and the list of what was seen to be wrong.
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "#scripts/client.ts";
import type { Json } from "#scripts/client.ts";
import { addLocalNodes } from "#scripts/nodes.ts";
import { LOCAL_ADMIN } from "#scripts/orchestrator.ts";
import type { Runtime } from "./runtime.ts";
import type { Storage } from "./storage.ts";

/** A request that has not been answered after this is one that hangs. */
const ANSWER_MS_MAX = 40_000;

export type Answer = {
  readonly status: number;
  readonly body: Json;
  /** How many times it was sent without an answer that tells: what it asked for may have been done. */
  readonly lost: number;
};

/** What a strike broke is whole again after this: isolates may know for a second what no longer holds. */
const MENDED_MS = 1_500;

export class World {
  readonly runtime: Runtime;
  readonly storage: Storage;
  readonly #violations: string[] = [];
  #client: Client | null = null;
  /** When the runtime last came up, or the last strike was over: deadlines count from here. */
  upSince = 0;
  /** Answers that said "unavailable" of what was in flight while something was struck. */
  excused = 0;
  /** Strikes that are under way, and until when what is in flight may fail of those that are over. */
  #strikes = 0;
  #disturbedUntil = 0;

  constructor(runtime: Runtime, storage: Storage) {
    this.runtime = runtime;
    this.storage = storage;
  }

  get violations(): readonly string[] {
    return this.#violations;
  }

  violated(sentence: string): void {
    if (this.#violations.includes(sentence)) return;
    this.#violations.push(sentence);
    console.error(`  VIOLATED ${sentence}`);
  }

  /** Starts the runtime and waits until it answers. */
  async boot(): Promise<void> {
    this.runtime.boot();
    const { url } = await this.runtime.up();
    this.upSince = Date.now();
    if (this.#client !== null) return;
    // The key that signs tokens is kept with the state: one login is good for all lives.
    const client = new Client(url);
    await client.login(LOCAL_ADMIN);
    await addLocalNodes(client);
    this.#client = client;
  }

  /** While it is done, and for so long after, what is in flight may fail: with a clear word, and nothing else. */
  async disturb<Done>(forMs: number, strike: () => Promise<Done>): Promise<Done> {
    this.#strikes += 1;
    try {
      return await strike();
    } finally {
      this.#strikes -= 1;
      const until = Date.now() + forMs;
      this.#disturbedUntil = Math.max(this.#disturbedUntil, until + MENDED_MS);
      this.upSince = Math.max(this.upSince, until);
    }
  }

  #isDisturbed(since: number): boolean {
    return this.#strikes > 0 || since < this.#disturbedUntil;
  }

  /** Sends a request until it is answered, through as many kills as it takes. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let lost = 0; ;) {
      await this.runtime.up();
      const answer = await this.#once(method, path, body);
      if (answer !== null) return { ...answer, lost };
      lost += 1;
      await sleep(20);
    }
  }

  /** Sends it once; null when no answer came. */
  async try(method: string, path: string, body?: unknown): Promise<Omit<Answer, "lost"> | null> {
    await this.runtime.up();
    return this.#once(method, path, body);
  }

  async #once(
    method: string,
    path: string,
    body: unknown,
  ): Promise<{ status: number; body: Json } | null> {
    const client = this.#client;
    if (client === null) return null;
    const sentAt = Date.now();
    const timer = new AbortController();
    const hung = sleep(ANSWER_MS_MAX, "hung" as const, { signal: timer.signal }).catch(() => null);
    try {
      const answered = client.raw(method, path, body).then(async (response) => ({
        status: response.status,
        // Every answer of this dialect is a JSON object.
        body: (await response.json()) as Json,
      }));
      const answer = await Promise.race([answered, hung]);
      if (answer === "hung") {
        this.violated(`${method} ${path} was not answered within ${ANSWER_MS_MAX / 1000} s.`);
        return null;
      }
      if (answer?.status === 500) {
        this.violated(`${method} ${path} answered 500: ${JSON.stringify(answer.body)}`);
      }
      if (answer?.status === 503 && this.#isDisturbed(sentAt)) {
        this.excused += 1;
        return null;
      }
      return answer;
    } catch {
      return null;
    } finally {
      timer.abort();
    }
  }
}
