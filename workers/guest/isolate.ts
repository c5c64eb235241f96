// The one place where a guest's isolate is put together. The platform does not validate this object: a misspelt
// `globalOutbound` would hand the guest the Worker's own network, so nothing else may build one.
import { digest as componentDigest, source as componentSource } from "#build/guest-entry.ts";
import { digest, source } from "#build/guest-harness.ts";
import {
  digest as transpilerDigest,
  modules as transpilerModules,
  source as transpilerSource,
} from "#build/transpiler.ts";
import type { ModuleLimits } from "#domain/module.ts";
import { PREPARATION_VERSION } from "#domain/prepared.ts";
import type { Entry, Prepared } from "#domain/prepared.ts";
import type { HostCalls } from "#domain/link.ts";
import { METER_VERSION } from "#wasm/prepare.ts";
import { assemble } from "./assembly.ts";
import type { Harness } from "./assembly.ts";
import type Guest from "./harness.ts";
import { CPU_MS_MAX as TRANSPILE_CPU_MS_MAX } from "./transpiler/bounds.ts";
import type Transpiler from "./transpiler/transpiler.ts";
import { YIELDER } from "./yielder.ts";

export type GuestStub = Fetcher<Guest>;

/** The platform's own ceiling for one invocation, where it is enforced; local workerd ignores it. */
const CPU_MS_MAX = 300_000;
/** So long an isolate takes calls over one session, which the platform counts as one invocation. */
export const SESSION_MS = 1_000;
/** Requests that a guest may make in one call, where the platform enforces it. */
const SUBREQUESTS_MAX = 50;
const COMPATIBILITY_DATE = "2026-11-17";

export type GuestArtifact = {
  /** SHA-256 of the artifact: with what was made of it and the harness's own it names what is loaded. */
  readonly digest: string;
  readonly entry: Entry;
  /** How often it could not be started under its name before. */
  readonly failures?: number;
  readonly limits: ModuleLimits;
  /** The only way out of the isolate; without one it has no network. */
  readonly outbound?: Outbound | null;
  /** What its links grant; without them it has no binding at all. */
  readonly host?: HostBinding | null;
  /** Metered and capped: nothing else is loaded. */
  readonly prepared: () => Promise<Prepared>;
};

export type Outbound = {
  /** Names whose network it is and what it allows: no isolate is shared where that differs. */
  readonly key: string;
  readonly gateway: Fetcher;
};

export type HostBinding = {
  /** Names what is granted: no isolate is shared where that differs. */
  readonly key: string;
  readonly services: HostCalls;
};

/** The digest of what makes a component's parts, jco and what surrounds it; null for a core module. */
export function transpilerOf(entry: Entry): string | null {
  return entry === "component" ? transpilerDigest : null;
}

/**
 * The isolate for an artifact: the harness, no binding but its links', and no network but by its gateway. Loaded once
 * for each distinct content.
 */
export function guestIsolate(env: Pick<Env, "LOADER">, artifact: GuestArtifact): GuestStub {
  const { maxMemoryMB, maxExecutionTimeSeconds } = artifact.limits;
  const cpuMs = Math.min(CPU_MS_MAX, SESSION_MS + 1000 * maxExecutionTimeSeconds);
  const { outbound = null, host = null } = artifact;
  const harness = harnessOf(artifact.entry);
  const name = [
    artifact.digest,
    harness.digest,
    METER_VERSION,
    PREPARATION_VERSION,
    transpilerOf(artifact.entry) ?? "",
    maxMemoryMB,
    cpuMs,
    artifact.failures ?? 0,
    ...(outbound === null ? [] : [outbound.key]),
    ...(host === null ? [] : [host.key]),
  ].join(":");
  const worker = env.LOADER.get(name, async () => {
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: harness.name,
      modules: modulesOf(harness, await artifact.prepared()),
      env: host === null ? {} : { HOST: host.services },
      globalOutbound: outbound?.gateway ?? null,
      limits: { cpuMs, subRequests: outbound === null && host === null ? 0 : SUBREQUESTS_MAX },
    };
    return code;
  });
  return worker.getEntrypoint<Guest>();
}

/** With what a kind of guest is run, wherever that is. */
export function harnessOf(entry: Entry): Harness {
  switch (entry) {
    case "core":
      return { name: "harness.js", source, digest, yielder: YIELDER };
    case "component":
      return {
        name: "entry.js",
        source: componentSource,
        digest: componentDigest,
        yielder: YIELDER,
      };
  }
}

function modulesOf(harness: Harness, prepared: Prepared): Record<string, WorkerLoaderModule> {
  const modules = assemble(harness, prepared).map((piece): [string, WorkerLoaderModule] => [
    piece.name,
    piece.kind === "wasm" ? { wasm: piece.bytes } : { js: piece.text },
  ]);
  return Object.fromEntries(modules);
}

/** A throw-away isolate with jco's transpiler: it has no name, so no two uploads share one, and none outlives its own. */
export function transpilerIsolate(env: Pick<Env, "LOADER">): Fetcher<Transpiler> {
  const wasm = Object.entries(transpilerModules).map(([name, bytes]) => [name, { wasm: bytes }]);
  const worker = env.LOADER.load({
    compatibilityDate: COMPATIBILITY_DATE,
    mainModule: "transpiler.js",
    modules: {
      "transpiler.js": { js: transpilerSource },
      "yielder.wasm": { wasm: YIELDER.slice() },
      ...Object.fromEntries(wasm),
    },
    env: {},
    globalOutbound: null,
    limits: { cpuMs: TRANSPILE_CPU_MS_MAX, subRequests: 0 },
  });
  return worker.getEntrypoint<Transpiler>();
}
