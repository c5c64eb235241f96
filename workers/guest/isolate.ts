// The one place where a guest's isolate is put together. The platform does not validate this object: a misspelt
// `globalOutbound` would hand the guest the Worker's own network, so nothing else may build one.
import { digest, source } from "#build/guest-harness.ts";
import type { ModuleLimits } from "#domain/module.ts";
import { METER_VERSION } from "#wasm/meter/meter.ts";
import { meter } from "#wasm/prepare.ts";
import type Guest from "./harness.ts";

export type GuestStub = Fetcher<Guest>;

/** The platform's own ceiling for one invocation, where it is enforced; local workerd ignores it. */
const CPU_MS_MAX = 300_000;
const COMPATIBILITY_DATE = "2026-11-17";

export type GuestArtifact = {
  /** SHA-256 of the artifact: with the harness's own it names what is loaded. */
  readonly digest: string;
  /** How often it could not be started under its name before. */
  readonly failures?: number;
  readonly limits: ModuleLimits;
  /** The artifact as it was registered: it is metered and capped here, on its way into the isolate. */
  readonly bytes: () => Promise<ArrayBuffer>;
};

/** The isolate for an artifact: no network, no bindings, only the harness. Loaded once for each distinct content. */
export function guestIsolate(env: Pick<Env, "LOADER">, artifact: GuestArtifact): GuestStub {
  const { maxMemoryMB, maxExecutionTimeSeconds } = artifact.limits;
  const cpuMs = Math.min(CPU_MS_MAX, 1000 * maxExecutionTimeSeconds);
  const name = [
    artifact.digest,
    digest,
    METER_VERSION,
    maxMemoryMB,
    cpuMs,
    artifact.failures ?? 0,
  ].join(":");
  const worker = env.LOADER.get(name, async () => {
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: "harness.js",
      modules: {
        "harness.js": { js: source },
        "guest.wasm": { wasm: meter(await artifact.bytes(), artifact.limits) },
      },
      env: {},
      globalOutbound: null,
      limits: { cpuMs, subRequests: 0 },
    };
    return code;
  });
  return worker.getEntrypoint<Guest>();
}
