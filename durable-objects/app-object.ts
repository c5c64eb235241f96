// One app: what its owner wrote, the health of its replicas, what they measured, and its autoscaler. It looks at its
// replicas by its alarm, decides by pure functions, and asks the workload's lattice for what follows.
import { DurableObject } from "cloudflare:workers";
import { isServing, isUpdating, statusOf } from "#domain/app/app.ts";
import type { App } from "#domain/app/app.ts";
import { decide } from "#domain/autoscale/decide.ts";
import { told } from "#domain/autoscale/words.ts";
import { DAY_MS } from "#domain/config.ts";
import type { Config } from "#domain/config.ts";
import { fault } from "#domain/fault.ts";
import type { AppChange, AppStub, AppView, Checked, Scaled } from "#stores/app-object.ts";
import { readConfig } from "#stores/config.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import { Care } from "./app/care.ts";
import { Counts } from "./app/counts.ts";
import { scalingEvent } from "./app/event.ts";
import { LOOK_MS, Meter } from "./app/meter.ts";
import { Probes } from "./app/probes.ts";
import { rescale } from "./app/rescale.ts";
import { Sight } from "./app/sight.ts";
import { followed, letGo } from "./app/update.ts";

/** When a check that failed is tried again, and how often an app is looked at that is on its way. */
const RETRY_MS = 5_000;
const UNSETTLED_MS = 500;
/** A rollout decides by calls that it waits for. */
const UPDATING_MS = 1_000;
/** Whose metrics are followed is looked at more often. */
const FOLLOWED_MS = 5_000;

export class AppObject extends DurableObject<Env> implements AppStub {
  readonly #probes: Probes;
  readonly #counts: Counts;
  readonly #meter: Meter;
  readonly #sight: Sight;
  readonly #care: Care;
  #app: App | null;
  #checkAt = 0;
  /** Infinite while nobody follows what it measures. */
  #watchAt = Number.POSITIVE_INFINITY;
  #waiting = 0;
  #isScaling = false;
  #isFollowing = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#probes = new Probes(storage.kv);
    this.#counts = new Counts(storage.kv);
    this.#meter = new Meter(env, storage, this.#counts);
    this.#sight = new Sight(env, storage.kv, { probes: this.#probes, meter: this.#meter });
    this.#care = new Care(
      env,
      { probes: this.#probes, counts: this.#counts },
      {
        app: () => this.#app,
        answered: () => this.#schedule(),
        done: () => this.#refresh(),
      },
    );
    this.#app = storage.kv.get<App>("app") ?? null;
  }

  /** Takes the app on. Doing it twice is harmless. */
  async create(app: App): Promise<App> {
    return this.#app ?? this.#keep(app);
  }

  async read(): Promise<App | null> {
    return this.#app;
  }

  async change(change: AppChange): Promise<App | null> {
    if (this.#app === null) return null;
    const changed = this.#keep({ ...this.#app, ...change, updatedAt: Date.now() });
    this.#checkAt = 0;
    await this.#refresh();
    await this.#schedule();
    return changed;
  }

  async view(): Promise<AppView | null> {
    await this.#refresh();
    return this.#view();
  }

  /** Waits until all replicas that are wanted serve and no other is there, or for so long. */
  async settled(timeoutMs: number): Promise<AppView | null> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      await this.#refresh();
      await this.#schedule();
      const isSettled = this.#app === null || this.#sight.isSettled(this.#app);
      if (isSettled || Date.now() >= until) return this.#view();
      await scheduler.wait(Math.min(UNSETTLED_MS, Math.max(1, until - Date.now())));
    }
  }

  async scale(replicas: number, by: string): Promise<Scaled> {
    const app = this.#app;
    if (app === null) return { fault: fault("APP_NOT_FOUND", "It was removed.") };
    const from = app.replicas;
    if (replicas === from) return { from };
    const action = replicas > from ? "scale_out" : "scale_in";
    const reason = `Scaled from ${from} to ${replicas} replicas by ${by}`;
    const scaling = { action, from, to: replicas, trigger: "manual", reason, details: {} } as const;
    return this.#scale({ ...scaling, at: Date.now() }, by);
  }

  async metrics(points: number, stepMs: number) {
    await this.#refresh();
    const current = await this.#meter.look(this.#sight.seen, this.#app, Date.now());
    return { current, history: this.#meter.history(points, stepMs) };
  }

  /** Probes every replica that runs, now, and waits for what comes of it. */
  async check(): Promise<Checked> {
    await this.#refresh();
    const running = this.#sight.running();
    await Promise.all(running.map((container) => this.#care.step(container, { type: "demanded" })));
    await this.#refresh();
    const healthy = this.#sight.running().filter(isServing).length;
    return { checked: running.length, healthy };
  }

  async watch(): Promise<void> {
    if (this.#app === null) return;
    await this.#refresh();
    await this.#watch();
    // The last look may be so young that none was sent now.
    if (!this.#meter.isFollowed) this.#watchAt = Date.now() + LOOK_MS;
    await this.#schedule();
  }

  async reconfigure(): Promise<void> {
    this.#checkAt = 0;
    await this.#schedule();
  }

  /** A request waits for a first replica. */
  async demand(): Promise<void> {
    if (this.#app?.intent !== "running" || this.#app.replicas > 0) return;
    this.#waiting += 1;
    await this.#autoscale();
    this.#waiting = 0;
    await this.#schedule();
  }

  /** An app of the same name finds what this one measured, if that is kept. */
  async forget(keepsMetrics: boolean): Promise<void> {
    if (this.#app !== null) await letGo(this.env, this.#app);
    this.#app = null;
    this.#sight.forget();
    this.#meter.forget(keepsMetrics);
    this.#counts.forget();
    this.ctx.storage.kv.delete("app");
    await this.ctx.storage.deleteAlarm();
  }

  override async alarm(): Promise<void> {
    if (this.#app === null) return;
    try {
      await this.#refresh();
      await this.#follow();
      const ticks = this.#sight
        .running()
        .map((container) => this.#care.step(container, { type: "tick" }));
      // Probes take their time: the next alarm doesn't wait for them.
      this.ctx.waitUntil(Promise.all(ticks));
      if (Date.now() >= this.#checkAt) await this.#autoscale();
      else if (Date.now() >= this.#watchAt) await this.#watch();
    } catch (cause) {
      // The lattice or D1 could not be reached: the next alarm looks again.
      console.warn("app", this.#app?.name, "not looked at", cause);
    }
    await this.#schedule();
  }

  #keep(app: App): App {
    this.#app = app;
    this.ctx.storage.kv.put("app", app);
    return app;
  }

  #view(): AppView | null {
    const app = this.#app;
    if (app === null) return null;
    const { seen } = this.#sight;
    const probes = seen.containers.map(({ id }) => [id, this.#probes.get(id)] as const);
    const status = statusOf(app, seen);
    const metrics = this.#meter.latest();
    return { app, status, seen, metrics, probes: Object.fromEntries(probes) };
  }

  async #refresh(): Promise<void> {
    if (this.#app !== null) await this.#sight.look(this.#app);
    // It may have been removed meanwhile.
    if (this.#app !== null) await this.#sight.mirror(this.#app);
  }

  async #follow(): Promise<void> {
    const app = this.#app;
    if (app === null || !isUpdating(app) || this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      const change = await followed(this.env, app, { isSettled: this.#sight.isSettled(app) });
      const isStill = this.#app?.update?.deployment === app.update?.deployment;
      if (change === null || this.#app === null || !isStill) return;
      this.#keep({ ...this.#app, ...change });
      await this.#refresh();
    } finally {
      this.#isFollowing = false;
    }
  }

  async #watch(): Promise<void> {
    const now = Date.now();
    await this.#meter.look(this.#sight.seen, this.#app, now);
    this.#watchAt = this.#meter.isFollowed ? now + FOLLOWED_MS : Number.POSITIVE_INFINITY;
  }

  async #autoscale(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const now = Date.now();
    this.#checkAt = now + RETRY_MS;
    const { value: config } = await readConfig(database(this.env));
    this.#checkAt = now + periodOf(app, config);
    this.#meter.keepFor(config.retention.metrics * DAY_MS);
    if (app.intent !== "running" || app.workload === null) return;
    await this.#watch();
    const decision = decide(
      {
        policy: app.policy,
        replicas: { desired: app.replicas, healthy: this.#sight.serving() },
        load: this.#meter.load(app.policy, now),
        waiting: this.#waiting,
        history: app.history,
      },
      now,
    );
    // What a rollout takes from the replicas of before comes back to them when it is taken back.
    const isHeld = decision.action === "scale_in" && app.update?.stage === "rolling";
    if (decision.action === "none" || isHeld) {
      if (this.#app === null) return;
      const history = decision.action === "none" ? decision.history : app.history;
      return this.#sight.mirror(this.#keep({ ...this.#app, history }));
    }
    const scaled = await this.#scale({ ...told(decision), at: now }, "autoscaler");
    if ("fault" in scaled) console.warn("app", app.name, "not scaled", scaled.fault.message);
  }

  /** One at a time: what comes meanwhile is told so. */
  async #scale(scaling: Parameters<typeof rescale>[1], by: string): Promise<Scaled> {
    const app = this.#app;
    if (app === null) return { fault: fault("APP_NOT_FOUND", "It was removed.") };
    if (this.#isScaling) {
      const message = `${app.name} is being scaled at this moment; try again.`;
      return { fault: fault("SCALING_IN_PROGRESS", message) };
    }
    this.#isScaling = true;
    try {
      const refused = await rescale({ env: this.env, app, by }, scaling);
      if (refused !== null) return { fault: refused };
      const { details: _, ...lastScaling } = scaling;
      const history = { lastScaledAt: scaling.at, lowChecks: 0 };
      this.#keep({ ...(this.#app ?? app), replicas: scaling.to, lastScaling, history });
      this.#counts.add(scaling.action === "scale_out" ? "scaledOut" : "scaledIn");
      await announce(this.env, scalingEvent(app, scaling));
      await this.#refresh();
      return { from: scaling.from };
    } finally {
      this.#isScaling = false;
      await this.#schedule();
    }
  }

  async #schedule(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const now = Date.now();
    const times = [this.#probes.nextAt(app.spec.health)];
    if (!this.#sight.isSettled(app)) times.push(now + UNSETTLED_MS);
    if (isUpdating(app)) times.push(now + UPDATING_MS);
    if (app.intent === "running") times.push(Math.max(now, Math.min(this.#checkAt, this.#watchAt)));
    const due = times.filter((at) => at !== null);
    if (due.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.min(...due));
  }
}

/** As configured; twice in a window that is shorter, so that none is missed. */
function periodOf({ policy }: App, { scaling }: Config): number {
  const { windowSeconds } = policy;
  const { checkSeconds } = scaling;
  return checkSeconds <= windowSeconds ? 1000 * checkSeconds : Math.max(1_000, 500 * windowSeconds);
}
