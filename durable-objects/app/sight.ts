// What is seen of an app's replicas: read from its lattice, with what probes found of them, and told to D1 when it changes.
import { UNSEEN, isServing, statusOf } from "#domain/app/app.ts";
import type { App, Container, Seen } from "#domain/app/app.ts";
import { seenOf } from "#domain/app/container.ts";
import { mirrorApp } from "#stores/apps.ts";
import { database } from "#stores/database.ts";
import { latticeOf } from "#stores/objects.ts";
import type { Meter } from "./meter.ts";
import type { Probes } from "./probes.ts";

type With = { readonly probes: Probes; readonly meter: Meter };

export class Sight {
  readonly #env: Env;
  readonly #kv: SyncKvStorage;
  readonly #with: With;
  #seen: Seen;
  /** What D1 was told last. */
  #mirrored = "";

  constructor(env: Env, kv: SyncKvStorage, of: With) {
    this.#env = env;
    this.#kv = kv;
    this.#with = of;
    this.#seen = kv.get<Seen>("seen") ?? UNSEEN;
  }

  get seen(): Seen {
    return this.#seen;
  }

  running(): Container[] {
    return this.#seen.containers.filter(({ status }) => status === "running");
  }

  serving(): number {
    return this.#seen.containers.filter(isServing).length;
  }

  async look({ namespace, workload }: App): Promise<void> {
    const lattice = latticeOf(this.#env, namespace);
    const [record, instances] =
      workload === null
        ? [null, null]
        : await Promise.all([lattice.read(workload), lattice.instances(workload)]);
    const running = (instances ?? []).filter(
      ({ phase }) => phase === "ready" || phase === "unhealthy",
    );
    const { probes } = this.#with;
    probes.follow(
      running.map(({ id }) => id),
      Date.now(),
    );
    this.#seen =
      record === null
        ? UNSEEN
        : seenOf(record, instances ?? [], (instance) => probes.get(instance));
  }

  /** All replicas that are wanted serve, and no other is there. */
  isSettled(app: App): boolean {
    const standing = this.#seen.containers.filter(({ status }) => status !== "lost");
    const wanted = app.intent === "running" ? app.replicas : 0;
    return standing.length === wanted && standing.every(isServing) && !this.#seen.isUpdating;
  }

  async mirror(app: App): Promise<void> {
    const listed = {
      status: statusOf(app, this.#seen),
      image: app.spec.image,
      current: this.running().length,
      desired: app.intent === "running" ? app.replicas : 0,
      healthy: this.serving(),
      metrics: this.#with.meter.latest(),
    };
    const text = JSON.stringify(listed);
    if (text === this.#mirrored) return;
    await mirrorApp(database(this.#env), app.name, listed);
    this.#mirrored = text;
    this.#kv.put("seen", this.#seen);
  }

  forget(): void {
    this.#seen = UNSEEN;
    this.#mirrored = "";
    this.#with.probes.follow([], Date.now());
    this.#kv.delete("seen");
  }
}
