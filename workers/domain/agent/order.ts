// What a node's runner tells its agent. A call carries all that the harness is asked, its arguments told as JSON.
import { z } from "zod";
import type { GuestCall } from "#domain/execution.ts";
import { WIT_PRIMITIVES } from "#domain/wit/type.ts";
import type { WitType } from "#domain/wit/type.ts";
import { PROTOCOL, read } from "./protocol.ts";
import type { Read } from "./protocol.ts";
import { tell } from "./values.ts";

const name = z.string().max(100_000);
const id = z.int().min(1);
const moduleId = z.string().min(1).max(256);
const digest = z.string().min(1).max(128);
const callId = z.string().min(1).max(128);
const count = z.number().min(0);

/** As deep as the type is: registration has bounded it. */
const witType: z.ZodType<WitType> = z.lazy(() => {
  const named = { name: name.exactOptional() };
  const fields = z.array(z.strictObject({ name, type: witType }));
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(WIT_PRIMITIVES), ...named }),
    z.strictObject({
      kind: z.literal("list"),
      element: witType,
      length: count.exactOptional(),
      ...named,
    }),
    z.strictObject({ kind: z.literal("map"), key: witType, value: witType, ...named }),
    z.strictObject({ kind: z.literal("tuple"), elements: z.array(witType), ...named }),
    z.strictObject({ kind: z.literal("record"), fields, ...named }),
    z.strictObject({
      kind: z.literal("variant"),
      cases: z.array(z.strictObject({ name, type: witType.nullable() })),
      ...named,
    }),
    z.strictObject({ kind: z.enum(["enum", "flags"]), labels: z.array(name), ...named }),
    z.strictObject({ kind: z.literal("option"), element: witType, ...named }),
    z.strictObject({
      kind: z.literal("result"),
      ok: witType.nullable(),
      error: witType.nullable(),
      ...named,
    }),
    z.strictObject({ kind: z.enum(["own", "borrow"]), resource: name.nullable(), ...named }),
    z.strictObject({
      kind: z.enum(["stream", "future"]),
      element: witType.nullable(),
      ...named,
    }),
  ]);
});

const valueType = z.enum(["i32", "i64", "f32", "f64"]);

const signature = z.discriminatedUnion("style", [
  z.strictObject({
    name,
    style: z.enum(["numbers", "json", "extism", "command"]),
    parameters: z.array(z.strictObject({ name: name.nullable(), type: valueType })),
    results: z.array(valueType),
  }),
  z.strictObject({
    name,
    style: z.literal("wit"),
    parameters: z.array(z.strictObject({ name, type: witType })),
    result: witType.nullable(),
  }),
]);

const request = z.strictObject({
  id: callId.exactOptional(),
  program: name,
  function: signature,
  /** JSON text, or a list of values as values.ts tells them. */
  arguments: z.union([z.string(), z.array(z.unknown())]),
  gas: z.strictObject({ budget: count, slice: z.number().min(1) }),
  timeoutMs: z.number().min(1).max(86_400_000),
  bounds: z.strictObject({ outputBytesMax: count, logBytesMax: count }),
  environment: z.record(z.string(), z.string()),
  files: z.strictObject({
    access: z.enum(["Disabled", "ReadOnly", "ReadWrite"]),
    preopens: z.array(z.string()),
    files: z.array(
      z.union([
        z.strictObject({ path: z.string(), text: z.string() }),
        z.strictObject({ path: z.string(), base64: z.string() }),
      ]),
    ),
  }),
});

const order = z.discriminatedUnion("type", [
  /** The answer to a hello. Whatever else the agent holds may go. */
  z.strictObject({
    type: z.literal("welcome"),
    protocol: z.literal(PROTOCOL, { error: `expected version ${PROTOCOL} of the protocol` }),
    heartbeatMs: z.int().min(100).max(3_600_000),
    moduleIds: z.array(moduleId),
  }),
  z.strictObject({
    type: z.literal("load"),
    id,
    moduleId,
    entry: z.enum(["core", "component"]),
    /** What its prepared artifact must call itself, and the digest of the harness to run it with. */
    artifact: z.string().min(1).max(256),
    harness: digest,
  }),
  z.strictObject({ type: z.literal("unload"), moduleId }),
  z.strictObject({ type: z.literal("call"), id, moduleId, request }),
  /** The call that was asked for with this id in its request ends at its next slice. */
  z.strictObject({ type: z.literal("cancel"), moduleId, callId }),
]);

export type Order = Readonly<z.infer<typeof order>>;
export type LoadOrder = Extract<Order, { type: "load" }>;
export type CallOrder = Extract<Order, { type: "call" }>;

export function readOrder(text: unknown): Read<Order> {
  return read(order, text);
}

/** A call as it is sent. */
export function callOrder(id: number, moduleId: string, call: GuestCall): string {
  const given = call.arguments;
  const told = typeof given === "string" ? given : given.map((value) => tell(value));
  return JSON.stringify({ type: "call", id, moduleId, request: { ...call, arguments: told } });
}
