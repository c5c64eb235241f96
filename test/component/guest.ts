// Prepares components and calls them as a runner does: transpiled in an isolate, metered, in an isolate of their own.
import { env } from "cloudflare:workers";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import type { ComponentAnswer, ComponentCall } from "#guest/component/entry.ts";
import { componentIsolate, transpilerIsolate } from "#guest/isolate.ts";
import { prepareComponent, type Prepared } from "#wasm/prepare-component.ts";

export async function prepare(bytes: Uint8Array<ArrayBuffer>, maxMemoryMB = 16): Promise<Prepared> {
  return prepareComponent(bytes, { maxMemoryMB }, async (bytes, names) =>
    transpilerIsolate(env).transpile(bytes, names),
  );
}

export type Caller = (
  functionName: string,
  given?: Partial<ComponentCall>,
) => Promise<ComponentAnswer>;

/** Calls of one component, all in the same isolate. */
export async function caller(bytes: Uint8Array<ArrayBuffer>): Promise<Caller> {
  const prepared = await prepare(bytes);
  const guest = componentIsolate(env, {
    digest: crypto.randomUUID(),
    limits: { ...DEFAULT_LIMITS, maxMemoryMB: 16 },
    prepared: async () => prepared,
  });
  return async (functionName, given = {}) =>
    guest.call({
      functionName,
      style: "wit",
      returnsResult: false,
      arguments: [],
      gasBudget: 100_000_000,
      bounds: { outputBytesMax: 100_000, logBytesMax: 1_000 },
      environment: {},
      files: { access: "Disabled", preopens: [], files: [] },
      ...given,
    });
}
