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
import { METER_VERSION } from "#wasm/meter/meter.ts";
import { meter } from "#wasm/prepare.ts";
import type { Prepared } from "#wasm/prepare-component.ts";
import type Component from "./component/entry.ts";
import type Guest from "./harness.ts";
import type Transpiler from "./transpiler/transpiler.ts";

export type GuestStub = Fetcher<Guest>;

/** The platform's own ceiling for one invocation, where it is enforced; local workerd ignores it. */
const CPU_MS_MAX = 300_000;
/** Ten times what a component of the largest size takes. */
const TRANSPILE_CPU_MS_MAX = 10_000;
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

export type ComponentArtifact = Omit<GuestArtifact, "bytes"> & {
  /** The component as it was prepared for these limits. */
  readonly prepared: () => Promise<Prepared>;
};

/** The isolate for a component: jco's glue and its metered core modules, beside the entry that calls them. */
export function componentIsolate(
  env: Pick<Env, "LOADER">,
  artifact: ComponentArtifact,
): Fetcher<Component> {
  const { maxMemoryMB, maxExecutionTimeSeconds } = artifact.limits;
  const cpuMs = Math.min(CPU_MS_MAX, 1000 * maxExecutionTimeSeconds);
  const name = [
    artifact.digest,
    componentDigest,
    transpilerDigest,
    METER_VERSION,
    maxMemoryMB,
    cpuMs,
    artifact.failures ?? 0,
  ].join(":");
  const worker = env.LOADER.get(name, async () => {
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: "entry.js",
      modules: {
        "entry.js": { js: componentSource },
        ...componentModules(await artifact.prepared()),
      },
      env: {},
      globalOutbound: null,
      limits: { cpuMs, subRequests: 0 },
    };
    return code;
  });
  return worker.getEntrypoint<Component>();
}

function componentModules({ parts }: Prepared): WorkerLoaderWorkerCode["modules"] {
  const modules: WorkerLoaderWorkerCode["modules"] = {};
  for (const { name, kind, bytes } of parts) {
    modules[name] =
      kind === "js" ? { js: new TextDecoder().decode(bytes) } : { wasm: bytes.buffer };
  }
  const cores = parts.flatMap(({ name, kind }) => (kind === "wasm" ? [name] : []));
  const lines = [
    ...cores.map((name, index) => `import core${index} from "./${name}";`),
    `export const cores = { ${cores.map((name, index) => `"${name}": core${index}`).join(", ")} };`,
  ];
  modules["cores.js"] = { js: lines.join("\n") };
  return modules;
}

/** A throw-away isolate with jco's transpiler: each has a name of its own, so no two uploads share one. */
export function transpilerIsolate(env: Pick<Env, "LOADER">): Fetcher<Transpiler> {
  const worker = env.LOADER.get(`transpiler:${transpilerDigest}:${crypto.randomUUID()}`, () => {
    const wasm = Object.entries(transpilerModules).map(([name, bytes]) => [name, { wasm: bytes }]);
    const code: WorkerLoaderWorkerCode = {
      compatibilityDate: COMPATIBILITY_DATE,
      mainModule: "transpiler.js",
      modules: { "transpiler.js": { js: transpilerSource }, ...Object.fromEntries(wasm) },
      env: {},
      globalOutbound: null,
      limits: { cpuMs: TRANSPILE_CPU_MS_MAX, subRequests: 0 },
    };
    return code;
  });
  return worker.getEntrypoint<Transpiler>();
}
