// Apps: registered, told, changed and let go of. What runs is the business of run.ts and of the app's own object.
import type { NewEvent } from "#domain/event.ts";
import type { App, AppStatus } from "#domain/app/app.ts";
import { parseSpec } from "#domain/app/parse-spec.ts";
import type { AppSpec } from "#domain/app/spec.ts";
import { NEW_HISTORY } from "#domain/autoscale/decide.ts";
import { policyFaults } from "#domain/autoscale/policy.ts";
import type { PolicyFault, ScalingPolicy } from "#domain/autoscale/policy.ts";
import { Fault } from "#domain/fault.ts";
import type { Principal } from "#domain/role.ts";
import { setHosts } from "#stores/app-hosts.ts";
import { appOf } from "#stores/app-object.ts";
import type { AppView, Checked } from "#stores/app-object.ts";
import * as apps from "#stores/apps.ts";
import { readConfig } from "#stores/config.ts";
import { database } from "#stores/database.ts";
import { announce, forgetApp } from "#stores/events.ts";
import { changeWorkload, getWorkload, removeWorkload } from "#control/workloads.ts";
import { assertHosts, claimHosts } from "./hosts.ts";
import { assertSettled, beginUpdate, endUpdate } from "./update.ts";
import { invalidSpec, workloadOf } from "./workload.ts";

/** All apps share one lattice: their names are unique anyway. */
const NAMESPACE = "apps";

type By = { readonly principal: Principal; readonly now: number };

export async function registerApp(env: Env, given: unknown, by: By): Promise<App> {
  const spec = await specOf(env, given);
  assertHosts(env, spec);
  const { principal, now } = by;
  const createdBy = principal.username;
  const { name, image } = spec;
  const isFirst = await apps.claimApp(database(env), { name, image, createdAt: now, createdBy });
  // A registration that was cut off has claimed the name and has no object: it may be sent again.
  if (!isFirst && (await appOf(env, name).read()) !== null) {
    throw new Fault("APP_ALREADY_EXISTS", `Application '${name}' is registered already.`);
  }
  await claimHosts(env, spec).catch(async (cause: unknown) => {
    await apps.releaseApp(database(env), name);
    throw cause;
  });
  const app = await appOf(env, name).create({
    name,
    namespace: NAMESPACE,
    given: JSON.stringify(given),
    spec,
    policy: spec.scaling,
    intent: "registered",
    replicas: Math.max(1, spec.scaling.minReplicas),
    workload: null,
    trouble: null,
    history: NEW_HISTORY,
    lastScaling: null,
    createdAt: now,
    createdBy,
    updatedAt: now,
  });
  await tell(env, app, { type: "app.registered", message: `Application ${name} registered`, now });
  return app;
}

export async function getApp(env: Env, name: string): Promise<App> {
  const app = await appOf(env, name).read();
  if (app === null) throw unknownApp(name);
  return app;
}

export async function viewApp(env: Env, name: string): Promise<AppView> {
  const view = await appOf(env, name).view();
  if (view === null) throw unknownApp(name);
  return view;
}

export async function listApps(env: Env, status: readonly AppStatus[] | null) {
  const db = database(env);
  const [listed, counts] = await Promise.all([apps.listApps(db, status), apps.countApps(db)]);
  return { apps: listed, counts };
}

export async function appMetrics(env: Env, name: string, of: { points: number; stepMs: number }) {
  await getApp(env, name);
  return appOf(env, name).metrics(of.points, of.stepMs);
}

/** Somebody follows what it measures. */
export async function watchApp(env: Env, name: string): Promise<void> {
  await appOf(env, name).watch();
}

export async function checkApp(env: Env, name: string): Promise<Checked> {
  await getApp(env, name);
  return appOf(env, name).check();
}

/** What runs follows: by the spec's rollout, else each new replica starts before an old one stops. */
export async function changeSpec(
  env: Env,
  name: string,
  of: { given: unknown } & By,
): Promise<App> {
  const before = await getApp(env, name);
  const spec = await specOf(env, of.given);
  if (spec.name !== name) {
    throw invalidSpec([
      `metadata.name: expected ${name}, which can't be changed, not ${spec.name}`,
    ]);
  }
  const { minReplicas, maxReplicas } = spec.scaling;
  const replicas = Math.min(maxReplicas, Math.max(minReplicas, before.replicas));
  const next = { ...before, spec, policy: spec.scaling, replicas };
  const given = JSON.stringify(of.given);
  assertSettled(before);
  assertHosts(env, spec);
  await claimHosts(env, spec);
  if (before.workload !== null) {
    const { namespace: _, name: __, owner: ___, ...change } = await workloadOf(env, next, of);
    const isStopped = before.intent !== "running";
    const { principal } = of;
    const begun = isStopped ? null : await beginUpdate(env, before, { ...of, given, spec, change });
    if (begun !== null) return begun;
    await changeWorkload(env, before.workload, {
      change: { ...change, isStopped },
      ifMatch: null,
      principal,
    });
  }
  const changed = await appOf(env, name).change({
    given,
    spec,
    policy: spec.scaling,
    replicas,
    trouble: null,
  });
  if (changed === null) throw unknownApp(name);
  await tell(env, changed, {
    type: "app.updated",
    message: `Specification of ${name} changed`,
    now: of.now,
    data: { image: spec.image, previous_image: before.spec.image, by: of.principal.username },
  });
  return changed;
}

export type PolicyChange = { readonly [Field in keyof ScalingPolicy]?: ScalingPolicy[Field] };

/** The faults of what it would be, if it can't be. */
export async function changePolicy(
  env: Env,
  name: string,
  of: { change: PolicyChange } & By,
): Promise<
  { readonly before: ScalingPolicy; readonly after: ScalingPolicy } | { faults: PolicyFault[] }
> {
  const { policy: before } = await getApp(env, name);
  const after: ScalingPolicy = { ...before, ...of.change };
  const faults = policyFaults(after);
  if (faults.length > 0) return { faults };
  const changed = await appOf(env, name).change({ policy: after });
  if (changed === null) throw unknownApp(name);
  await tell(env, changed, {
    type: "app.updated",
    message: `Scaling policy of ${name} changed`,
    now: of.now,
    data: { previous: { ...before }, new: { ...after }, by: of.principal.username },
  });
  return { before, after };
}

/** Calls in flight end first; by force they are given no time. */
export async function removeApp(
  env: Env,
  name: string,
  how: { isForced: boolean; keepsData: boolean } & By,
): Promise<{ containers: number }> {
  const { app, seen } = await viewApp(env, name);
  await endUpdate(env, app, { principal: how.principal, reason: "its app is removed" });
  const containers = seen.containers.filter(({ status }) => status !== "lost").length;
  if (app.workload !== null) {
    await removed(env, app.workload, how).catch(ignoreMissing);
  }
  await appOf(env, name).forget(how.keepsData);
  if (!how.keepsData) await forgetApp(env, name);
  await setHosts(database(env), name, []);
  await apps.releaseApp(database(env), name);
  await tell(env, app, {
    type: "app.deleted",
    message: `Application ${name} removed`,
    now: how.now,
  });
  return { containers };
}

export async function tell(
  env: Env,
  { name }: Pick<App, "name">,
  what: {
    type: string;
    message: string;
    now: number;
    data?: NewEvent["data"];
    level?: "error";
  },
): Promise<void> {
  const { type, message, now, data = {}, level = "info" } = what;
  await announce(env, { type, at: now, subject: `apps/${name}`, app: name, message, level, data });
}

export function unknownApp(name: string): Fault {
  return new Fault("APP_NOT_FOUND", `Application '${name}' does not exist`);
}

async function specOf(env: Env, given: unknown): Promise<AppSpec> {
  const { value: config } = await readConfig(database(env));
  const parsed = parseSpec(given, config);
  if (!parsed.ok) throw invalidSpec(parsed.faults);
  return parsed.spec;
}

async function removed(
  env: Env,
  id: string,
  { isForced, principal }: { isForced: boolean } & By,
): Promise<void> {
  if (isForced) {
    const { timing } = (await getWorkload(env, id)).workload;
    const change = { timing: { ...timing, drainMs: 0 } };
    await changeWorkload(env, id, { change, ifMatch: null, principal });
  }
  await removeWorkload(env, id);
}

function ignoreMissing(cause: unknown): void {
  if (!(cause instanceof Fault) || cause.code !== "NOT_FOUND") throw cause;
}
