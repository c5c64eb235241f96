// Modules, each with a name and bytes of its own: nothing that one test loaded helps or harms another.
import type { z } from "@hono/zod-openapi";
import type { moduleAnswer } from "#routes/wasm/answer.ts";
import type { Answer, Client, Json } from "#test/builders/client.ts";
import { shift, unique } from "#test/builders/users.ts";
import sound from "#test/fixtures/sound.wat";

export type Module = z.infer<typeof moduleAnswer>;
type Bytes = Uint8Array<ArrayBuffer>;

export const MODULES = "/api/v1/wasm/modules";

const registrar = shift("Developer", 10);

/** A registration that is accepted, except for what the test gives. */
export function registration(bytes: Bytes = sound, given: Json = {}): Json {
  return {
    name: unique("module"),
    version: "1.0.0",
    wasmBinary: bytes.toBase64(),
    wasiVersion: "preview2",
    ...given,
  };
}

export async function upload(body: Json, by?: Client): Promise<Answer<Module>> {
  return (by ?? (await registrar())).post<Module>(MODULES, body);
}

/** A registered module's id. */
export async function module(bytes: Bytes = sound, given: Json = {}): Promise<string> {
  const { status, body } = await upload(registration(distinct(bytes), given));
  if (status !== 201) throw new Error(`no module: ${JSON.stringify(body)}`);
  return body.moduleId;
}

/** Two versions of one module, by their ids. */
export async function versions(
  before: Bytes = sound,
  after: Bytes = sound,
): Promise<{ name: string; old: string; next: string }> {
  const name = unique("module");
  const old = await module(before, { name, version: "1.0.0" });
  const next = await module(after, { name, version: "2.0.0" });
  return { name, old, next };
}

/** The same module with a custom section that no other has. */
export function distinct(bytes: Bytes): Bytes {
  const name = new TextEncoder().encode(unique("only"));
  return new Uint8Array([...bytes, 0, name.length + 1, name.length, ...name]);
}
