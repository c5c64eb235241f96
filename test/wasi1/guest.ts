// Runs a module as a node does: metered, through the real loader, in an isolate of its own.
import { env } from "cloudflare:workers";
import type { FileGrant, GuestAnswer, GuestCall } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { guestIsolate } from "#guest/isolate.ts";
import { prepareCore } from "#wasm/prepare.ts";
import { digestOf } from "#stores/artifacts.ts";

export const NO_FILES: FileGrant = { access: "Disabled", preopens: [], files: [] };

export async function callGuest(
  bytes: Uint8Array<ArrayBuffer>,
  given: Partial<GuestCall> & Pick<GuestCall, "function">,
): Promise<GuestAnswer> {
  const guest = guestIsolate(env, {
    digest: await digestOf(bytes),
    limits: DEFAULT_LIMITS,
    entry: "core",
    prepared: async () => prepareCore(bytes, DEFAULT_LIMITS),
  });
  return guest.call({
    program: "report",
    arguments: "null",
    gas: { budget: 1_000_000_000, slice: 20_000_000 },
    timeoutMs: 10_000,
    bounds: { outputBytesMax: 1_024, logBytesMax: 64 },
    environment: {},
    files: NO_FILES,
    ...given,
  });
}
