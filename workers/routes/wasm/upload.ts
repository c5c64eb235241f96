// A module's upload in its three forms: base64 in JSON, a raw application/wasm body, multipart/form-data.
// Every fault of the fields and of the binary is told at once.
import type { Context as HonoContext } from "hono";
import { examine } from "#control/modules.ts";
import type { Examined, Registration } from "#control/modules.ts";
import { Fault } from "#domain/fault.ts";
import { MODULE_BYTES_MAX } from "#domain/module.ts";
import type { Context } from "#http/context.ts";
import { invalid, sentences } from "#http/validation.ts";
import { moduleFields } from "./schema.ts";

/** Room for the fields beside the binary. */
const FIELDS_BYTES_MAX = 1024 * 1024;
const BASE64_BYTES_MAX = Math.ceil(MODULE_BYTES_MAX / 3) * 4;

/** What a body may hold so that the binary in it has at most 50 MB. */
export function uploadBytesMax(c: HonoContext<Context>): number {
  switch (mediaType(c)) {
    case "application/json":
      return BASE64_BYTES_MAX + FIELDS_BYTES_MAX;
    case "multipart/form-data":
      return MODULE_BYTES_MAX + FIELDS_BYTES_MAX;
    default:
      return MODULE_BYTES_MAX;
  }
}

export type Upload = { readonly registration: Registration; readonly examined: Examined };

type Parts = { readonly fields: unknown; readonly bytes: Uint8Array<ArrayBuffer> | string };

/** Field names as headers of a raw upload carry them, and as query parameters do. */
export const UPLOAD_HEADERS = {
  name: "X-Module-Name",
  version: "X-Module-Version",
  description: "X-Module-Description",
  wasiVersion: "X-Module-Wasi-Version",
  requiredInterfaces: "X-Module-Required-Interfaces",
  limits: "X-Module-Limits",
  metadata: "X-Module-Metadata",
} as const;

export async function readUpload(c: HonoContext<Context>): Promise<Upload> {
  const { fields, bytes } = await readParts(c);
  const parsed = moduleFields.safeParse(fields);
  if (typeof bytes !== "string" && bytes.length > MODULE_BYTES_MAX) throw tooLarge();
  const examined =
    typeof bytes === "string" ? null : await examine(c.env, bytes, parsed.data ?? null);
  const details = [
    ...(parsed.success ? [] : sentences(parsed.error.issues)),
    ...(typeof bytes === "string" ? [bytes] : []),
    ...(examined?.faults ?? []),
  ];
  if (parsed.success && examined !== null && details.length === 0) {
    return { registration: parsed.data, examined };
  }
  await examined?.prepared?.discard();
  throw refused(details);
}

/** The fields and the binary, or a sentence in place of the binary when there is none to read. */
async function readParts(c: HonoContext<Context>): Promise<Parts> {
  const type = mediaType(c);
  switch (type) {
    case "application/json":
      return fromJson(await readable(c.req.json(), "JSON"));
    case "application/wasm":
    case "application/octet-stream":
      return fromRaw(c);
    case "multipart/form-data":
      return fromForm(await readable(c.req.formData(), "multipart/form-data"));
    default: {
      const message = `Content-Type must be application/json, application/wasm or multipart/form-data, not ${type === "" ? "none" : type}.`;
      throw new Fault("UNSUPPORTED_MEDIA_TYPE", message);
    }
  }
}

function mediaType(c: HonoContext<Context>): string {
  const [essence = ""] = (c.req.header("Content-Type") ?? "").split(";");
  return essence.trim().toLowerCase();
}

/** A body that isn't what its Content-Type says is the caller's fault, not a bug. */
async function readable<Body>(reading: Promise<Body>, form: string): Promise<Body> {
  try {
    return await reading;
  } catch (cause) {
    const message = `The body is not readable as ${form}.`;
    throw new Fault("VALIDATION_ERROR", message, { details: [message], cause });
  }
}

function fromJson(body: unknown): Parts {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid(["expected a JSON object"]);
  }
  const { wasmBinary, ...fields }: { wasmBinary?: unknown } = body;
  return { fields, bytes: decode(wasmBinary) };
}

function decode(base64: unknown): Uint8Array<ArrayBuffer> | string {
  if (typeof base64 !== "string") return "wasmBinary: expected the binary as a base64 string";
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return "wasmBinary: expected base64, got characters that are none";
  }
}

async function fromRaw(c: HonoContext<Context>): Promise<Parts> {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const given = Object.entries(UPLOAD_HEADERS).flatMap(([field, header]) => {
    const value = c.req.query(field) ?? c.req.header(header);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { fields: fromText(given), bytes };
}

async function fromForm(form: FormData): Promise<Parts> {
  const file = form.get("wasmBinary");
  const given = [...form].flatMap(([field, value]) =>
    field !== "wasmBinary" && typeof value === "string" ? [[field, value] as const] : [],
  );
  const bytes =
    file === null || typeof file === "string"
      ? "wasmBinary: expected a file part with the binary"
      : new Uint8Array(await file.arrayBuffer());
  return { fields: fromText(given), bytes };
}

/** Text fields: lists are separated by commas or written as JSON, objects are JSON. */
function fromText(given: readonly (readonly [string, string])[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map(([field, value]) => {
      if (field === "limits" || field === "metadata") return [field, parseJson(value)];
      if (field !== "requiredInterfaces") return [field, value];
      const listed = value.trim().startsWith("[");
      return [field, listed ? parseJson(value) : value.split(",").map((name) => name.trim())];
    }),
  );
}

/** What isn't JSON stays text: the schema then says what it expected. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refused(details: readonly string[]): Fault {
  return new Fault("VALIDATION_ERROR", "Module validation failed", { details });
}

function tooLarge(): Fault {
  return new Fault(
    "PAYLOAD_TOO_LARGE",
    `The binary is larger than the ${MODULE_BYTES_MAX} bytes that are allowed.`,
  );
}
