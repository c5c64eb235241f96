// Asks a registry by the OCI distribution protocol: tokens as it demands them, redirects looked at one by one.
import { z } from "zod";
import { Fault } from "#domain/fault.ts";
import { assertAllowed, registryUrl } from "./hosts.ts";

const REDIRECTS_MAX = 5;
const ANSWER_MS = 30_000;
const TOKEN_BYTES_MAX = 64 * 1024;

type Settings = Pick<Env, "OCI_ALLOWED_HOSTS" | "EDGELOOM_OCI_CREDENTIALS">;

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().regex(/^[A-Za-z0-9+/=]+$/) })),
});
const tokenAnswer = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token: other }) => token ?? other)
  .pipe(z.string().min(1));

export class Registry {
  readonly #env: Settings;
  readonly #base: URL;
  readonly #host: string;
  readonly #repository: string;
  #authorization: string | null = null;

  constructor(env: Settings, { host, repository }: { host: string; repository: string }) {
    this.#env = env;
    this.#host = host;
    this.#repository = repository;
    this.#base = registryUrl(env.OCI_ALLOWED_HOSTS, host);
  }

  /** `path` below the repository, such as manifests/latest. */
  async get(path: string, accept: string): Promise<Response> {
    const url = new URL(`/v2/${this.#repository}/${path}`, this.#base);
    const answer = await this.#follow(url, accept);
    if (answer.status !== 401) return this.#good(answer, path);
    const challenge = answer.headers.get("WWW-Authenticate") ?? "";
    await answer.body?.cancel();
    this.#authorization = await this.#authorize(challenge);
    return this.#good(await this.#follow(url, accept), path);
  }

  /** Each hop must be allowed; what authorizes at the registry is told to no other origin. */
  async #follow(first: URL, accept: string): Promise<Response> {
    let url = first;
    for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
      const authorization = url.origin === this.#base.origin ? this.#authorization : null;
      const answer = await this.#ask(url, { Accept: accept }, authorization);
      const location = answer.headers.get("Location");
      if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
      await answer.body?.cancel();
      if (!URL.canParse(location, url.href)) throw this.#unusable("redirects to no address");
      url = new URL(location, url);
    }
    throw this.#unusable(`redirects more than ${REDIRECTS_MAX} times`);
  }

  async #ask(url: URL, headers: Record<string, string>, authorization: string | null) {
    assertAllowed(this.#env.OCI_ALLOWED_HOSTS, url);
    const all = authorization === null ? headers : { ...headers, Authorization: authorization };
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      return await fetch(url, { headers: all, redirect: "manual", signal });
    } catch (cause) {
      throw new Fault("UNAVAILABLE", `The registry at ${url.host} could not be reached.`, {
        cause,
      });
    }
  }

  /** https://distribution.github.io/distribution/spec/auth/token/ */
  async #authorize(challenge: string): Promise<string> {
    const credentials = this.#credentials();
    if (/^Basic\b/i.test(challenge) && credentials !== null) return credentials;
    const fields = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const realm = fields.get("realm") ?? "";
    if (!/^Bearer\b/i.test(challenge) || !URL.canParse(realm)) throw this.#refused();
    const url = new URL(realm);
    const service = fields.get("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", `repository:${this.#repository}:pull`);
    const answer = await this.#ask(url, { Accept: "application/json" }, credentials);
    if (!answer.ok) {
      await answer.body?.cancel();
      throw this.#refused();
    }
    const bytes = await readBounded(answer, TOKEN_BYTES_MAX);
    const token = tokenAnswer.safeParse(parseJson(bytes));
    if (!token.success) throw this.#unusable("gave no token");
    return `Bearer ${token.data}`;
  }

  /** From the secret, in the form of docker's config.json. */
  #credentials(): string | null {
    const secret = this.#env.EDGELOOM_OCI_CREDENTIALS ?? "";
    if (secret === "") return null;
    const config = dockerConfig.safeParse(parseJson(new TextEncoder().encode(secret)));
    if (!config.success) {
      const message =
        'The secret EDGELOOM_OCI_CREDENTIALS is not of the form {"auths":{"host":{"auth":"…"}}}.';
      throw new Fault("UNAVAILABLE", message);
    }
    const found = config.data.auths[this.#host];
    return found === undefined ? null : `Basic ${found.auth}`;
  }

  async #good(answer: Response, path: string): Promise<Response> {
    if (answer.ok) return answer;
    await answer.body?.cancel();
    if (answer.status === 401 || answer.status === 403) throw this.#refused();
    if (answer.status === 404) {
      const message = `${this.#host}/${this.#repository} has no ${path}: the registry knows no such artifact.`;
      throw new Fault("NOT_FOUND", message);
    }
    throw this.#unusable(`answered ${answer.status}`);
  }

  #refused(): Fault {
    const message = `The registry ${this.#host} does not let ${this.#repository} be pulled; credentials come from the secret EDGELOOM_OCI_CREDENTIALS.`;
    return new Fault("FORBIDDEN", message);
  }

  #unusable(what: string): Fault {
    return new Fault("UNAVAILABLE", `The registry ${this.#host} ${what}.`);
  }
}

/** The body, unless it is longer than that: then no more of it is read. */
export async function readBounded(
  answer: Response,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) {
      throw new Fault("PAYLOAD_TOO_LARGE", `The registry sends more than ${bytesMax} bytes.`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
