// One app: what its owner wrote, the health of its replicas, what they measured, and its autoscaler. It looks at its
// replicas by its alarm, decides by pure functions, and asks the workload's lattice for what follows.
import { DurableObject } from "cloudflare:workers";
import { UNSEEN, isServing, statusOf } from "#domain/app/app.ts";
import type { App, Container, Seen } from "#domain/app/app.ts";
import { seenOf } from "#domain/app/container.ts";
import { decide } from "#domain/autoscale/decide.ts";
import { told } from "#domain/autoscale/words.ts";
import { fault } from "#domain/fault.ts";
import type { ProbeCommand, ProbeEvent } from "#domain/health/probe.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { mirrorApp } from "#stores/apps.ts";
import type { AppChange, AppStub, AppView, Checked, Scaled } from "#stores/app-object.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import { latticeOf } from "#stores/objects.ts";
import { healthEvent, scalingEvent } from "./app/event.ts";
import { Meter } from "./app/meter.ts";
import { probe, renew } from "./app/place.ts";
import { Probes } from "./app/probes.ts";
import { rescale } from "./app/rescale.ts";

/** How often the autoscaler looks at an app, and how often one is looked at that is on its way. */
const CHECK_MS = 30_000;
const UNSETTLED_MS = 500;

export class AppObject extends DurableObject<Env> implements AppStub {
  readonly #probes: Probes;
  readonly #meter: Meter;
  #app: App | null;
  #seen: Seen;
  #checkAt = 0;
  #waiting = 0;
  #isScaling = false;
  /** What D1 was told last. */
  #mirrored = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#probes = new Probes(ctx.storage.kv);
    this.#meter = new Meter(env, ctx.storage);
    this.#app = ctx.storage.kv.get<App>("app") ?? null;
    this.#seen = ctx.storage.kv.get<Seen>("seen") ?? UNSEEN;
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
      if (this.#isSettled() || Date.now() >= until) return this.#view();
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
    const current = await this.#meter.look(this.#seen, this.#app, Date.now());
    return { current, history: this.#meter.history(points, stepMs) };
  }

  /** Probes every replica that runs, now, and waits for what comes of it. */
  async check(): Promise<Checked> {
    await this.#refresh();
    const running = this.#running();
    await Promise.all(running.map((container) => this.#step(container, { type: "demanded" })));
    await this.#refresh();
    const healthy = this.#running().filter(isServing).length;
    return { checked: running.length, healthy };
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
    this.#app = null;
    this.#seen = UNSEEN;
    this.#mirrored = "";
    this.#probes.follow([], Date.now());
    this.#meter.forget(keepsMetrics);
    this.ctx.storage.kv.delete("app");
    this.ctx.storage.kv.delete("seen");
    await this.ctx.storage.deleteAlarm();
  }

  override async alarm(): Promise<void> {
    if (this.#app === null) return;
    try {
      await this.#refresh();
      const ticks = this.#running().map((container) => this.#step(container, { type: "tick" }));
      // Probes take their time: the next alarm doesn't wait for them.
      this.ctx.waitUntil(Promise.all(ticks));
      if (Date.now() >= this.#checkAt) await this.#autoscale();
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
    const probes = this.#seen.containers.map(({ id }) => [id, this.#probes.get(id)] as const);
    const status = statusOf(app, this.#seen);
    const metrics = this.#meter.latest();
    return { app, status, seen: this.#seen, metrics, probes: Object.fromEntries(probes) };
  }

  async #refresh(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const { workload } = app;
    const lattice = latticeOf(this.env, app.namespace);
    const [record, instances] =
      workload === null
        ? [null, null]
        : await Promise.all([lattice.read(workload), lattice.instances(workload)]);
    const now = Date.now();
    const running = (instances ?? []).filter(
      ({ phase }) => phase === "ready" || phase === "unhealthy",
    );
    this.#probes.follow(
      running.map(({ id }) => id),
      now,
    );
    this.#seen =
      record === null
        ? UNSEEN
        : seenOf(record, instances ?? [], (instance) => this.#probes.get(instance));
    await this.#mirror();
  }

  /** D1 hears of changes. */
  async #mirror(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const serving = this.#seen.containers.filter(isServing).length;
    const current = this.#running().length;
    const listed = {
      status: statusOf(app, this.#seen),
      image: app.spec.image,
      current,
      desired: app.intent === "running" ? app.replicas : 0,
      healthy: serving,
      metrics: this.#meter.latest(),
    };
    const text = JSON.stringify(listed);
    if (text === this.#mirrored) return;
    await mirrorApp(database(this.env), app.name, listed);
    this.#mirrored = text;
    this.ctx.storage.kv.put("seen", this.#seen);
  }

  #running(): Container[] {
    return this.#seen.containers.filter(({ status }) => status === "running");
  }

  #isSettled(): boolean {
    const app = this.#app;
    if (app === null) return true;
    const standing = this.#seen.containers.filter(({ status }) => status !== "lost");
    const wanted = app.intent === "running" ? app.replicas : 0;
    return standing.length === wanted && standing.every(isServing) && !this.#seen.isUpdating;
  }

  async #step(container: Container, event: ProbeEvent): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const at = { policy: app.spec.health, now: Date.now() };
    for (const command of this.#probes.step(container.id, event, at)) {
      await this.#perform(app, container, command);
    }
  }

  async #perform(app: App, container: Container, command: ProbeCommand): Promise<void> {
    const { id: instance } = container;
    const isKept = app.spec.restart === "Never";
    switch (command.type) {
      case "probe": {
        const outcome = await probe(this.env, container, app);
        await this.#step(container, { type: "probed", outcome });
        return this.#schedule();
      }
      case "becameHealthy":
        await this.#hear(app, { type: "healthy", instance });
        break;
      case "becameUnhealthy":
        await this.#hear(app, { type: "unhealthy", instance, reason: command.reason });
        break;
      case "restart":
        if (isKept) return;
        await renew(this.env, container);
        break;
      case "recreate":
        if (isKept) return;
        await this.#hear(app, { type: "condemned", instance, reason: command.reason });
        break;
    }
    const state = this.#probes.get(instance);
    await announce(this.env, healthEvent(app, { container, command, state }, Date.now()));
    await this.#refresh();
  }

  async #hear(app: App, outcome: Outcome): Promise<void> {
    await latticeOf(this.env, app.namespace).hear([outcome]);
  }

  async #autoscale(): Promise<void> {
    const app = this.#app;
    if (app === null) return;
    const now = Date.now();
    this.#checkAt = now + periodOf(app);
    if (app.intent !== "running" || app.workload === null) return;
    await this.#meter.look(this.#seen, app, now);
    const healthy = this.#seen.containers.filter(isServing).length;
    const decision = decide(
      {
        policy: app.policy,
        replicas: { desired: app.replicas, healthy },
        load: this.#meter.load(app.policy, now),
        waiting: this.#waiting,
        history: app.history,
      },
      now,
    );
    if (decision.action === "none") {
      this.#keep({ ...app, history: decision.history });
      return this.#mirror();
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
    const times = [
      this.#probes.nextAt(app.spec.health),
      this.#isSettled() ? null : now + UNSETTLED_MS,
    ];
    if (app.intent === "running") times.push(Math.max(now, this.#checkAt));
    const due = times.filter((at) => at !== null);
    if (due.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.min(...due));
  }
}

/** Twice in a window at least, so that none is missed. */
function periodOf({ policy }: App): number {
  return Math.min(CHECK_MS, Math.max(1_000, 500 * policy.windowSeconds));
}
