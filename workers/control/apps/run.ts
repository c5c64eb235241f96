// Starting, stopping and scaling an app: what is asked is written into its workload, and waited for if that is asked too.
import { changeWorkload, createWorkload } from "#control/workloads.ts";
import type { App } from "#domain/app/app.ts";
import { isServing } from "#domain/app/app.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import type { Principal } from "#domain/role.ts";
import { appOf } from "#stores/app-object.ts";
import type { AppView } from "#stores/app-object.ts";
import { getApp, tell, unknownApp } from "./apps.ts";
import { endUpdate } from "./update.ts";
import { workloadOf } from "./workload.ts";

type By = { readonly principal: Principal; readonly now: number };
/** How long the answer may be waited for; 0: not at all. */
type Patience = { readonly timeoutMs: number };

export async function startApp(
  env: Env,
  name: string,
  of: { replicas: number | null } & Patience & By,
): Promise<AppView> {
  const before = await getApp(env, name);
  const isRunning = before.intent === "running";
  const fresh = Math.max(1, before.policy.minReplicas);
  const replicas = of.replicas ?? (isRunning ? before.replicas : fresh);
  assertAllowed(before, replicas);
  const workload = await written(env, { ...before, replicas }, of).catch(async (cause: unknown) => {
    // What was asked and could not be done is told with the app's status until it can.
    if (cause instanceof Fault) await appOf(env, name).change({ trouble: sentence(cause) });
    throw cause;
  });
  const change = { intent: "running", replicas, workload, trouble: null } as const;
  const changed = await appOf(env, name).change(change);
  if (changed === null) throw unknownApp(name);
  if (!isRunning) {
    const message = `Application ${name} started with ${replicas} replicas`;
    await tell(env, changed, { type: "app.started", message, now: of.now });
  }
  return awaited(env, name, of);
}

export async function stopApp(
  env: Env,
  name: string,
  of: { isForced: boolean } & Patience & By,
): Promise<AppView> {
  const before = await getApp(env, name);
  const { workload, spec } = before;
  await endUpdate(env, before, { principal: of.principal, reason: "its app is stopped" });
  if (workload !== null) {
    const drainMs = of.isForced ? 0 : Math.min(spec.drainMs, of.timeoutMs);
    const { timing } = await workloadOf(env, before, of).catch(() => ({ timing: null }));
    const change = {
      isStopped: true,
      ...(timing === null ? {} : { timing: { ...timing, drainMs } }),
    };
    await changeWorkload(env, workload, { change, ifMatch: null, principal: of.principal });
  }
  const changed = await appOf(env, name).change({ intent: "stopped", trouble: null });
  if (changed === null) throw unknownApp(name);
  if (before.intent === "running") {
    await tell(env, changed, {
      type: "app.stopped",
      message: `Application ${name} stopped`,
      now: of.now,
    });
  }
  return settled(env, name, of.timeoutMs);
}

export async function scaleApp(
  env: Env,
  name: string,
  of: { replicas: number } & Patience & By,
): Promise<{ view: AppView; from: number }> {
  const app = await getApp(env, name);
  if (app.intent !== "running") {
    throw new Fault("CONFLICT", `Application '${name}' is ${app.intent}; start it first.`);
  }
  assertAllowed(app, of.replicas);
  const scaled = await appOf(env, name).scale(of.replicas, of.principal.username);
  if ("fault" in scaled) throw faultFrom(scaled.fault);
  return { view: await awaited(env, name, of), from: scaled.from };
}

/** An autoscaler would take back what its policy doesn't allow. */
function assertAllowed({ policy }: App, replicas: number): void {
  const { mode, minReplicas, maxReplicas } = policy;
  const [least, most] = mode === "auto" ? [minReplicas, maxReplicas] : [0, 100];
  if (replicas >= least && replicas <= most) return;
  const message = `replicas: expected ${least} to ${most}, which the scaling policy allows, not ${replicas}`;
  throw new Fault("VALIDATION_ERROR", "Request validation failed", { details: [message] });
}

async function written(env: Env, app: App, by: By): Promise<string> {
  const spec = await workloadOf(env, app, by);
  const { workload } = app;
  if (workload === null) return (await createWorkload(env, spec, by)).workload.id;
  const { namespace: _, name: __, owner: ___, ...change } = spec;
  const { principal } = by;
  return (await changeWorkload(env, workload, { change, ifMatch: null, principal })).workload.id;
}

async function awaited(env: Env, name: string, { timeoutMs }: Patience): Promise<AppView> {
  const view = await settled(env, name, timeoutMs);
  const { seen, app } = view;
  const serving = seen.containers.filter(isServing).length;
  if (timeoutMs === 0 || serving >= app.replicas) return view;
  const seconds = timeoutMs / 1000;
  const behind = `${serving} of ${app.replicas} replicas serve after ${seconds} s`;
  if (seen.unplaced !== null) {
    throw new Fault("INSUFFICIENT_RESOURCES", `${behind}: ${seen.unplaced}`);
  }
  if (seen.fault !== null) throw new Fault("RUNTIME_ERROR", `${behind}: ${seen.fault}`);
  return view;
}

async function settled(env: Env, name: string, timeoutMs: number): Promise<AppView> {
  const view = await appOf(env, name).settled(timeoutMs);
  if (view === null) throw unknownApp(name);
  return view;
}

function sentence({ message, details }: Fault): string {
  return details.length === 0 ? message : details.join("; ");
}
