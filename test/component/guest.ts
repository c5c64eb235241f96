// Prepares components and calls them as a runner does: transpiled in an isolate, metered, in an isolate of their own.
import { env } from "cloudflare:workers";
import { checkArguments } from "#domain/argument.ts";
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import type { FunctionSignature } from "#domain/module.ts";
import type { Prepared } from "#domain/prepared.ts";
import { guestIsolate, transpilerIsolate } from "#guest/isolate.ts";
import { inspect } from "#wasm/inspect.ts";
import { offer } from "#wasm/offer.ts";
import { prepareComponent } from "#wasm/prepare-component.ts";
import { joined } from "#wasm/prepare.ts";

export async function prepare(bytes: Uint8Array<ArrayBuffer>, maxMemoryMB = 16): Promise<Prepared> {
  const parts = await prepareComponent(bytes, { maxMemoryMB }, async (bytes, names) =>
    transpilerIsolate(env).transpile(bytes, names),
  );
  return {
    entry: "component",
    parts: parts.map(({ pieces, ...part }) => ({ ...part, bytes: joined(pieces) })),
  };
}

export type Caller = (
  name: string,
  parameters?: unknown,
  given?: Partial<GuestCall>,
) => Promise<GuestAnswer>;

/** Calls of one component, all in the same isolate. */
export async function caller(bytes: Uint8Array<ArrayBuffer>): Promise<Caller> {
  const prepared = await prepare(bytes);
  const guest = guestIsolate(env, {
    digest: crypto.randomUUID(),
    entry: "component",
    limits: { ...DEFAULT_LIMITS, maxMemoryMB: 16 },
    prepared: async () => prepared,
  });
  return async (name, parameters = [], given = {}) => {
    const signature = signatureOf(bytes, name);
    const checked = checkArguments(signature, parameters);
    if (!checked.ok) throw new Error(checked.faults.join("; "));
    return guest.call({
      program: "component",
      function: signature,
      arguments: checked.values,
      gas: { budget: 100_000_000, slice: 20_000_000 },
      timeoutMs: 10_000,
      bounds: { outputBytesMax: 100_000, logBytesMax: 1_000 },
      environment: {},
      files: { access: "Disabled", preopens: [], files: [] },
      ...given,
    });
  };
}

function signatureOf(bytes: Uint8Array, name: string): FunctionSignature {
  const found = inspect(bytes);
  if (!found.ok) throw new Error(found.faults.join("; "));
  const { signatures } = offer(found);
  const [program] = signatures;
  if (program?.style === "command") return { ...program, name };
  const signature = signatures.find((item) => item.name === name);
  if (signature === undefined) throw new Error(`no ${name}`);
  return signature;
}
