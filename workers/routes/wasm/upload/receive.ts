// Reads an upload from the request while it comes in: into one buffer for the binary, and no second time into memory.
// What is too long is refused as soon as that is known, and the rest of it is left unread.
import type { HonoRequest } from "hono";
import { createMiddleware } from "hono/factory";
import { Fault } from "#domain/fault.ts";
import { MODULE_BYTES_MAX } from "#domain/module.ts";
import type { Context } from "#http/context.ts";
import { Binary } from "./binary.ts";
import { FIELDS_BYTES_MAX, unreadable } from "./body.ts";
import type { Body, Parts } from "./body.ts";
import { FormBody } from "./form.ts";
import { JsonBody } from "./json.ts";
import { RawBody } from "./raw.ts";

const BASE64_BYTES_MAX = Math.ceil(MODULE_BYTES_MAX / 3) * 4;
const CHUNK_BYTES = 64 * 1024;

type Receiving = Context & { Variables: { received: Parts } };

type Form = {
  readonly told: string;
  readonly bytesMax: number;
  /** What a body of so many bytes makes of binary at most. */
  readonly binaryBytes: (bodyBytes: number) => number;
  readonly begin: (binary: Binary, request: HonoRequest) => Body;
};

const RAW: Form = {
  told: "a binary",
  bytesMax: MODULE_BYTES_MAX,
  binaryBytes: (bodyBytes) => bodyBytes,
  begin: (binary, request) => new RawBody(binary, request),
};

const FORMS: ReadonlyMap<string, Form> = new Map([
  [
    "application/json",
    {
      told: "JSON",
      bytesMax: BASE64_BYTES_MAX + FIELDS_BYTES_MAX,
      binaryBytes: (bodyBytes) => Math.ceil((bodyBytes / 4) * 3),
      begin: (binary) => new JsonBody(binary),
    },
  ],
  [
    "multipart/form-data",
    {
      told: "multipart/form-data",
      bytesMax: MODULE_BYTES_MAX + FIELDS_BYTES_MAX,
      binaryBytes: (bodyBytes) => bodyBytes,
      begin: (binary, request) => new FormBody(binary, request.header("Content-Type") ?? ""),
    },
  ],
  ["application/wasm", RAW],
  ["application/octet-stream", RAW],
]);

/** Leaves the fields and the binary as `received`; the body's digest too, where an Idempotency-Key needs it. */
export const receive = createMiddleware<Receiving>(async function received(c, next) {
  const form = formOf(c.req);
  const told = c.req.header("Content-Length");
  const expectedBytes = told === undefined ? null : Number(told);
  if (expectedBytes !== null && expectedBytes > form.bytesMax) throw tooLarge(form);
  const binary = new Binary(expectedBytes === null ? null : form.binaryBytes(expectedBytes));
  const body = form.begin(binary, c.req);
  const hash = c.req.header("Idempotency-Key") === undefined ? null : new BodyHash();
  let read = 0;
  for await (const chunk of chunksOf(c.req.raw.body, form)) {
    read += chunk.length;
    if (read > form.bytesMax) throw tooLarge(form);
    body.write(chunk);
    await hash?.write(chunk);
  }
  if (hash !== null) c.set("bodyDigest", await hash.end());
  c.set("received", body.end());
  await next();
});

function formOf(request: HonoRequest): Form {
  const [essence = ""] = (request.header("Content-Type") ?? "").split(";");
  const type = essence.trim().toLowerCase();
  const form = FORMS.get(type);
  if (form !== undefined) return form;
  const message = `Content-Type must be application/json, application/wasm or multipart/form-data, not ${type === "" ? "none" : type}.`;
  throw new Fault("UNSUPPORTED_MEDIA_TYPE", message);
}

function tooLarge({ bytesMax }: Form): Fault {
  const message = `The body is larger than the ${bytesMax} bytes that are allowed.`;
  return new Fault("PAYLOAD_TOO_LARGE", message);
}

/** All chunks lie in one buffer, each in place of the one before it. Who stops early leaves the rest unread. */
async function* chunksOf(
  stream: ReadableStream<Uint8Array> | null,
  form: Form,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  if (stream === null) return;
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  let isWhole = false;
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer)).catch((cause: unknown) => {
        throw unreadable(form.told, cause);
      });
      isWhole = done;
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    if (!isWhole) await reader.cancel().catch(() => undefined);
  }
}

class BodyHash {
  readonly #stream = new crypto.DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();

  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writer.write(chunk);
  }

  async end(): Promise<string> {
    await this.#writer.close();
    return new Uint8Array(await this.#stream.digest).toHex();
  }
}
