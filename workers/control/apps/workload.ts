// From an app to the workload that runs it: its image resolved, its environment filled, its policies in the core's words.
import { resolveImage } from "#control/oci.ts";
import type { App } from "#domain/app/app.ts";
import type { AppSpec } from "#domain/app/spec.ts";
import { Fault } from "#domain/fault.ts";
import { httpKindOf } from "#domain/http.ts";
import type { Module } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { NODE_ADDRESS } from "#domain/workload/order.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { WorkloadSpec } from "#domain/workload/workload.ts";

/** A Worker's secret of this name is what `source: secret` with the rest as its key takes. */
const SECRET_PREFIX = "APP_SECRET_";
/** An app's object restarts and replaces what is unhealthy: the lattice alone would do so only after this. */
const UNHEALTHY_MS = 24 * 3_600_000;

export async function workloadOf(
  env: Env,
  app: Pick<App, "name" | "namespace" | "spec" | "policy" | "replicas">,
  by: { principal: Principal; now: number },
): Promise<WorkloadSpec> {
  const { name, namespace, spec, policy, replicas } = app;
  const module = await moduleOf(env, spec, by);
  return {
    ...DEFAULT_SPEC,
    namespace,
    name,
    owner: "apps",
    labels: spec.labels,
    config: environmentOf(env, app),
    moduleId: module.id,
    kind: { type: "deployment", replicas },
    resources: {
      cpuMillis: spec.resources.cpuMillis ?? 0,
      memoryBytes: spec.resources.memoryBytes ?? 0,
      storageBytes: 0,
    },
    placement: { ...DEFAULT_SPEC.placement, strategy: "load-balance" },
    update: { surge: 1, unavailable: 0 },
    timing: { ...DEFAULT_SPEC.timing, unhealthyMs: UNHEALTHY_MS, drainMs: spec.drainMs },
    isHttp: true,
    scaling: { ...policy },
  };
}

async function moduleOf(
  env: Env,
  spec: AppSpec,
  by: { principal: Principal; now: number },
): Promise<Module> {
  const module = await resolveImage(env, spec.image, by).catch((cause: unknown) => {
    if (!(cause instanceof Fault)) throw cause;
    const isOfImage = cause.code === "VALIDATION_ERROR" || cause.code === "MODULE_NOT_FOUND";
    if (!isOfImage) throw cause;
    const reason = cause.details.length > 0 ? cause.details.join("; ") : cause.message;
    throw invalidSpec([`spec.image: ${reason.replace(/^image: /, "")}`], cause);
  });
  if (httpKindOf(module) !== null) return module;
  const reason = `${module.id} serves no HTTP: it exports neither wasi:http/incoming-handler nor handle_http, and is no program`;
  throw invalidSpec([`spec.image: ${reason}`]);
}

/** What is the same for every replica. A changed number of replicas alone restarts none of them. */
function environmentOf(
  env: Env,
  { name, spec, policy }: Pick<App, "name" | "spec" | "policy">,
): Record<string, string> {
  const secrets = new Map<string, unknown>(Object.entries(env));
  const faults: string[] = [];
  const entries = spec.environment.map((entry, at): [string, string] => {
    if (entry.source === "value") return [entry.name, entry.value];
    if (entry.source === "secret") {
      const secret = secrets.get(`${SECRET_PREFIX}${entry.key}`);
      if (typeof secret === "string") return [entry.name, secret];
      faults.push(
        `spec.env[${at}].key: there is no secret ${entry.key}; set one with wrangler secret put ${SECRET_PREFIX}${entry.key}`,
      );
      return [entry.name, ""];
    }
    switch (entry.key) {
      case "app.name":
        return [entry.name, name];
      case "app.replicas":
        return [entry.name, String(policy.minReplicas)];
      case "instance.port":
        return [entry.name, String(spec.health.port)];
      case "instance.ip":
        return [entry.name, NODE_ADDRESS];
    }
  });
  if (faults.length > 0) throw invalidSpec(faults);
  return Object.fromEntries(entries);
}

export function invalidSpec(details: readonly string[], cause?: unknown): Fault {
  return new Fault("INVALID_SPEC", "The specification is invalid.", { details, cause });
}
