// What an app's replicas measured: looked at where they stand, kept as readings for the autoscaler and as a history.
import type { App, Seen } from "#domain/app/app.ts";
import { isServing } from "#domain/app/app.ts";
import { metricsOf } from "#domain/app/metrics.ts";
import type { AppMetrics } from "#domain/app/metrics.ts";
import { loadOf } from "#domain/autoscale/load.ts";
import type { Load } from "#domain/autoscale/load.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import { publish } from "#stores/events.ts";
import { runnerOf } from "#stores/objects.ts";
import type { Counts } from "./counts.ts";
import { metricsEvent } from "./event.ts";
import { History } from "./history.ts";
import { Readings } from "./readings.ts";
import type { Place } from "./readings.ts";

/** Looks closer to each other than this tell nothing more. */
export const LOOK_MS = 1_000;

export class Meter {
  readonly #env: Env;
  readonly #counts: Counts;
  readonly #readings: Readings;
  readonly #history: History;
  #latest: AppMetrics | null;
  #followers = 0;

  constructor(env: Env, { kv, sql }: DurableObjectStorage, counts: Counts) {
    this.#env = env;
    this.#counts = counts;
    this.#readings = new Readings(kv);
    this.#history = new History(sql);
    this.#latest = this.#history.last(1, LOOK_MS)[0] ?? null;
  }

  latest(): AppMetrics | null {
    return this.#latest;
  }

  /** By what the hub said of the last look. */
  get isFollowed(): boolean {
    return this.#followers > 0;
  }

  history(points: number, stepMs: number): AppMetrics[] {
    return this.#history.last(points, stepMs);
  }

  forget(keepsHistory: boolean): void {
    this.#readings.forget();
    if (keepsHistory) return;
    this.#history.clear();
    this.#latest = null;
  }

  keepFor(ms: number): void {
    this.#history.keepFor(ms);
  }

  load({ windowSeconds }: ScalingPolicy, now: number): Load | null {
    return loadOf(this.#readings.recent, { now, windowMs: 1000 * windowSeconds });
  }

  /** A node that does not answer is left out: its replicas are not measured, which is not the same as idle. */
  async look(seen: Seen, app: App | null, now: number): Promise<AppMetrics> {
    const healthy = seen.containers.filter(isServing).length;
    const places = placesOf(seen, app);
    const total = seen.containers.filter(({ status }) => status === "running").length;
    const standing = { at: now, healthy, total, counts: this.#counts.now };
    const isFresh = this.#latest !== null && now - this.#latest.at < LOOK_MS;
    if (app === null || isFresh) return this.#latest ?? metricsOf(null, standing);
    const looked = await Promise.allSettled(
      places.map(async (place) => {
        const measured = await runnerOf(this.#env, place.node).measure(place.moduleId);
        return { place, measured };
      }),
    );
    const measured = looked.flatMap((result) =>
      result.status === "fulfilled" ? [result.value] : [],
    );
    this.#readings.take(measured, app.spec.resources, now);
    const metrics = metricsOf(this.load(app.policy, now), standing);
    this.#latest = metrics;
    this.#history.add(metrics);
    this.#followers = await this.#tell(app, metrics);
    return metrics;
  }

  async #tell(app: App, metrics: AppMetrics): Promise<number> {
    try {
      return await publish(this.#env, metricsEvent(app, metrics), `metrics:${app.name}`);
    } catch (cause) {
      console.warn("app", app.name, "metrics not sent", cause);
      return 0;
    }
  }
}

/** A version that a rollout of the app tries stands beside its replicas. */
function placesOf({ containers }: Seen, app: App | null): Place[] {
  const places = new Map<string, Place>();
  for (const { node, version, status } of containers) {
    if (node === null || status !== "running") continue;
    const key = `${node} ${version}`;
    const replicas = (places.get(key)?.replicas ?? 0) + 1;
    places.set(key, { node, moduleId: version, replicas });
  }
  const own = [...places.values()];
  if (app?.update?.stage !== "rolling") return own;
  const { moduleId } = app.update.workload;
  return [...own, ...own.map((place) => ({ ...place, moduleId }))];
}
