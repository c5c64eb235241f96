// The one place where a guest's isolate is put together. The platform does not validate this object: a misspelt
// `globalOutbound` would hand the guest the Worker's own network, so nothing else may build one.
import { digest, source } from "#build/guest-harness.ts";
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
  readonly cpuMs: number;
  readonly bytes: () => Promise<ArrayBuffer>;
};

/** The isolate for an artifact: no network, no bindings, only the harness. Loaded once for each distinct content. */
export function guestIsolate(env: Pick<Env, "LOADER">, artifact: GuestArtifact): GuestStub {
  const cpuMs = Math.min(CPU_MS_MAX, artifact.cpuMs);
  const name = `${artifact.digest}:${digest}:${cpuMs}:${artifact.failures ?? 0}`;
  const worker = env.LOADER.get(name, async () => {
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: "harness.js",
      modules: { "harness.js": { js: source }, "guest.wasm": { wasm: await artifact.bytes() } },
      env: {},
      globalOutbound: null,
      limits: { cpuMs, subRequests: 0 },
    };
    return code;
  });
  return worker.getEntrypoint<Guest>();
}
