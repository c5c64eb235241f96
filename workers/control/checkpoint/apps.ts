// Apps as their owners wrote them, and whether they were to run. Their workloads follow.
import { changePolicy, changeSpec, registerApp, removeApp } from "#control/apps/apps.ts";
import { scaleApp, startApp, stopApp } from "#control/apps/run.ts";
import type { App } from "#domain/app/app.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import { isSame } from "#domain/checkpoint.ts";
import { Fault } from "#domain/fault.ts";
import { appOf } from "#stores/app-object.ts";
import { listApps } from "#stores/apps.ts";
import { database } from "#stores/database.ts";
import type { Section } from "./section.ts";

type Kept = {
  readonly spec: unknown;
  readonly policy: ScalingPolicy;
  readonly intent: App["intent"];
  /** Null where the autoscaler decides. */
  readonly replicas: number | null;
};

/** A run waits for nothing: what comes up is the app's own matter. */
const AT_ONCE = { timeoutMs: 0 };

export const apps: Section = {
  async read(env) {
    const listed = await listApps(database(env), null);
    const all = await Promise.all(listed.map(({ name }) => appOf(env, name).read()));
    return Object.fromEntries(
      all.flatMap((app) => (app === null ? [] : [[app.name, keptOf(app)]])),
    );
  },

  async put(env, { key: name, value }, username) {
    // Read by `read`.
    const wanted = value as Kept;
    const by = { principal: { username, role: "Admin" } as const, now: Date.now() };
    const before = await appOf(env, name).read();
    const app = before ?? (await registerApp(env, wanted.spec, by));
    if (!isSame(keptOf(app).spec, wanted.spec)) {
      await changeSpec(env, name, { given: wanted.spec, ...by });
    }
    const { policy: standing } = (await appOf(env, name).read()) ?? app;
    if (!isSame(standing, wanted.policy)) {
      const changed = await changePolicy(env, name, { change: wanted.policy, ...by });
      if ("faults" in changed) {
        throw new Fault("CONFLICT", `The scaling policy of ${name} is refused now.`);
      }
    }
    const { replicas } = wanted;
    if (wanted.intent === "running") {
      if (app.intent !== "running") await startApp(env, name, { replicas, ...AT_ONCE, ...by });
      else if (replicas !== null) await scaleApp(env, name, { replicas, ...AT_ONCE, ...by });
    } else if (app.intent === "running") {
      await stopApp(env, name, { isForced: false, ...AT_ONCE, ...by });
    }
  },

  async remove(env, name, username) {
    if ((await appOf(env, name).read()) === null) return;
    const principal = { username, role: "Admin" } as const;
    const how = { isForced: true, keepsData: false };
    await removeApp(env, name, { ...how, principal, now: Date.now() });
  },
};

function keptOf({ given, policy, intent, replicas }: App): Kept {
  const isOwn = policy.mode === "manual" && intent === "running";
  // Registered and stopped are one wish: that it doesn't run.
  const wish = intent === "running" ? intent : "stopped";
  // Written by `registerApp` or `changeSpec`.
  return {
    spec: JSON.parse(given) as unknown,
    policy,
    intent: wish,
    replicas: isOwn ? replicas : null,
  };
}
