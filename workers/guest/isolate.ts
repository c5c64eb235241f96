// The one place where a guest's isolate is put together. The platform does not validate this object: a misspelt
// `globalOutbound` would hand the guest the Worker's own network, so nothing else may build one.
import { digest, source } from "#build/guest-harness.ts";
import type { ModuleLimits } from "#domain/module.ts";
import { PREPARATION_VERSION } from "#domain/prepared.ts";
import type { Entry, Prepared } from "#domain/prepared.ts";
import { METER_VERSION } from "#wasm/prepare.ts";
import type Guest from "./harness.ts";
import { YIELDER } from "./yielder.ts";

export type GuestStub = Fetcher<Guest>;

/** The platform's own ceiling for one invocation, where it is enforced; local workerd ignores it. */
const CPU_MS_MAX = 300_000;
const COMPATIBILITY_DATE = "2026-11-17";

export type GuestArtifact = {
  /** SHA-256 of the artifact: with what was made of it and the harness's own it names what is loaded. */
  readonly digest: string;
  readonly entry: Entry;
  /** How often it could not be started under its name before. */
  readonly failures?: number;
  readonly limits: ModuleLimits;
  /** Metered and capped: nothing else is loaded. */
  readonly prepared: () => Promise<Prepared>;
};

type Harness = { readonly name: string; readonly source: string; readonly digest: string };

/** The isolate for an artifact: no network, no bindings, only the harness. Loaded once for each distinct content. */
export function guestIsolate(env: Pick<Env, "LOADER">, artifact: GuestArtifact): GuestStub {
  const { maxMemoryMB, maxExecutionTimeSeconds } = artifact.limits;
  const cpuMs = Math.min(CPU_MS_MAX, 1000 * maxExecutionTimeSeconds);
  const harness = harnessOf(artifact.entry);
  const name = [
    artifact.digest,
    harness.digest,
    METER_VERSION,
    PREPARATION_VERSION,
    maxMemoryMB,
    cpuMs,
    artifact.failures ?? 0,
  ].join(":");
  const worker = env.LOADER.get(name, async () => {
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: harness.name,
      modules: modulesOf(harness, await artifact.prepared()),
      env: {},
      globalOutbound: null,
      limits: { cpuMs, subRequests: 0 },
    };
    return code;
  });
  return worker.getEntrypoint<Guest>();
}

function modulesOf({ name, source }: Harness, { parts }: Prepared) {
  const own = parts.map((part): [string, WorkerLoaderModule] => [
    part.name,
    part.kind === "wasm" ? { wasm: part.bytes } : { js: new TextDecoder().decode(part.bytes) },
  ]);
  // Last, so that no part of a guest takes its harness's place.
  const yielder: WorkerLoaderModule = { wasm: YIELDER.slice().buffer };
  const harness: WorkerLoaderModule = { js: source };
  return Object.fromEntries([...own, ["yielder.wasm", yielder], [name, harness]]);
}

function harnessOf(entry: Entry): Harness {
  switch (entry) {
    case "core":
      return { name: "harness.js", source, digest };
    case "component":
      throw new TypeError("There is no harness that runs a component.");
  }
}
