// The imports that a link has to lead to, for one call: wasi:keyvalue and wasi:blobstore by the host that the isolate
// was given, wasmcloud:messaging by the port of the call, wasi:config from the instance's environment. Without a link
// each answers with its own error.
import type { KeyvalueAnswer, KeyvalueRequest } from "#domain/keyvalue.ts";
import type { HostCalls } from "#domain/link.ts";
import type { CallPort } from "#domain/port.ts";
import { blobstore } from "./blobstore.ts";

type StoreError =
  | { readonly tag: "no-such-store" }
  | { readonly tag: "other"; readonly val: string };
type Message = { readonly subject: string; readonly body: Uint8Array; readonly replyTo?: string };

const NO_MESSAGING = "No link leads to messaging.";
const LEVELS = new Set(["trace", "debug", "info", "warn", "error", "critical"]);

export function hostImports(
  host: HostCalls | null,
  given: {
    readonly port: CallPort | null;
    readonly environment: Readonly<Record<string, string>>;
    /** A line of its log. */
    readonly say: (line: string) => void;
  },
): Record<string, unknown> {
  const { port, environment, say } = given;
  const config = {
    get: (key: string) => (Object.hasOwn(environment, key) ? environment[key] : undefined),
    getAll: () => Object.entries(environment),
  };
  return {
    ...keyvalue(host),
    ...blobstore(host),
    "wasi:config/runtime": config,
    "wasi:config/store": config,
    "wasi:logging/logging": {
      log: (level: string, context: string, message: string) => {
        const told = LEVELS.has(level) ? level.toUpperCase() : "INFO";
        say(`${told} ${context === "" ? "" : `${context}: `}${message}\n`);
      },
    },
    ...secrets(host),
    "wasmcloud:messaging/types": {},
    "wasmcloud:messaging/consumer": {
      publish: async ({ subject, body, replyTo }: Message) => {
        const message = { subject, body, reply: replyTo ?? null };
        const reason = port === null ? NO_MESSAGING : await port.publish(message);
        if (reason !== null) say(`WARN messaging: ${reason}\n`);
        // WIT errors are thrown as values, by jco's convention.
        // oxlint-disable-next-line typescript/only-throw-error
        if (reason !== null) throw reason;
      },
      request: async (subject: string, body: Uint8Array, timeoutMs: number) => {
        const asked = { subject, body, timeoutMs };
        const answer = port === null ? NO_MESSAGING : await port.request(asked);
        // oxlint-disable-next-line typescript/only-throw-error
        if (typeof answer === "string") throw answer;
        return { subject: answer.subject, body: answer.body, replyTo: answer.reply ?? undefined };
      },
    },
  };
}

function secrets(host: HostCalls | null): Record<string, unknown> {
  class Secret {
    readonly #value: string | Uint8Array;

    constructor(value: string | Uint8Array) {
      this.#value = value;
    }

    get revealed() {
      const value = this.#value;
      return { tag: typeof value === "string" ? "string" : "bytes", val: value };
    }
  }
  return {
    "wasmcloud:secrets/store": {
      Secret,
      get: async (name: string) => {
        const value = host === null ? null : await host.secret(name);
        if (value !== null) return new Secret(value);
        throw Object.assign(new Error(`no secret ${name}`), { payload: { tag: "not-found" } });
      },
    },
    "wasmcloud:secrets/reveal": { reveal: (secret: Secret) => secret.revealed },
  };
}

function keyvalue(host: HostCalls | null): Record<string, unknown> {
  class Bucket {
    readonly #name: string;

    constructor(name: string) {
      this.#name = name;
    }

    async perform<Type extends KeyvalueAnswer["type"]>(
      request: KeyvalueRequest,
      type: Type,
    ): Promise<Extract<KeyvalueAnswer, { type: Type }>> {
      const answer = host === null ? null : await host.keyvalue(this.#name, request);
      if (answer === null) throw fault({ tag: "no-such-store" });
      if (isOf(answer, type)) return answer;
      const reason = answer.type === "refused" ? answer.reason : `got ${answer.type}`;
      throw fault({ tag: "other", val: reason });
    }

    async get(key: string): Promise<Uint8Array | undefined> {
      const [value] = (await this.perform({ type: "get", keys: [key] }, "values")).values;
      return value ?? undefined;
    }

    async set(key: string, value: Uint8Array): Promise<void> {
      await this.perform({ type: "set", entries: [[key, value]] }, "done");
    }

    async delete(key: string): Promise<void> {
      await this.perform({ type: "delete", keys: [key] }, "done");
    }

    async exists(key: string): Promise<boolean> {
      return (await this.get(key)) !== undefined;
    }

    async listKeys(cursor: bigint | undefined): Promise<{ keys: string[]; cursor?: bigint }> {
      const after = Number(cursor ?? 0n);
      const { keys, isLast } = await this.perform({ type: "list", after }, "keys");
      return isLast
        ? { keys: [...keys] }
        : { keys: [...keys], cursor: BigInt(after + keys.length) };
    }
  }
  return {
    "wasi:keyvalue/store": {
      Bucket,
      open: (name: string) => {
        if (host === null) throw fault({ tag: "no-such-store" });
        return new Bucket(name);
      },
    },
    "wasi:keyvalue/atomics": {
      increment: async (bucket: Bucket, key: string, delta: bigint) =>
        (await bucket.perform({ type: "increment", key, delta }, "number")).number,
    },
    "wasi:keyvalue/batch": {
      getMany: async (bucket: Bucket, keys: readonly string[]) => {
        const { values } = await bucket.perform({ type: "get", keys }, "values");
        return values.map((value, at) => (value === null ? undefined : [keys[at], value]));
      },
      setMany: async (bucket: Bucket, entries: readonly (readonly [string, Uint8Array])[]) => {
        await bucket.perform({ type: "set", entries }, "done");
      },
      deleteMany: async (bucket: Bucket, keys: readonly string[]) => {
        await bucket.perform({ type: "delete", keys }, "done");
      },
    },
  };
}

function isOf<Type extends KeyvalueAnswer["type"]>(
  answer: KeyvalueAnswer,
  type: Type,
): answer is Extract<KeyvalueAnswer, { type: Type }> {
  return answer.type === type;
}

/** jco makes the error of a `result` of what has a payload. */
function fault(payload: StoreError): Error {
  return Object.assign(new Error(payload.tag), { payload });
}
