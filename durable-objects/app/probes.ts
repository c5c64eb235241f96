// The health of each replica of an app: one state of domain/health for each, kept over evictions.
import { newProbe, probeAt, stepProbe } from "#domain/health/probe.ts";
import type { ProbeCommand, ProbeEvent, ProbePolicy, ProbeState } from "#domain/health/probe.ts";

export class Probes {
  readonly #kv: SyncKvStorage;
  readonly #states: Map<string, ProbeState>;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#states = new Map(kv.get<[string, ProbeState][]>("probes") ?? []);
  }

  get(instance: string): ProbeState | null {
    return this.#states.get(instance) ?? null;
  }

  /** From now on these are probed, and no others. */
  follow(instances: readonly string[], now: number): void {
    const wanted = new Set(instances);
    let isChanged = false;
    for (const instance of this.#states.keys()) {
      if (wanted.has(instance)) continue;
      this.#states.delete(instance);
      isChanged = true;
    }
    for (const instance of wanted) {
      if (this.#states.has(instance)) continue;
      this.#states.set(instance, newProbe(now));
      isChanged = true;
    }
    if (isChanged) this.#save();
  }

  step(instance: string, event: ProbeEvent, at: { policy: ProbePolicy; now: number }) {
    const state = this.#states.get(instance);
    if (state === undefined) return [];
    const [next, commands] = stepProbe({ policy: at.policy, state }, event, at.now);
    if (next !== state) {
      this.#states.set(instance, next);
      this.#save();
    }
    return commands satisfies ProbeCommand[];
  }

  /** When the first of them is due; null when there are none. */
  nextAt(policy: ProbePolicy): number | null {
    const times = [...this.#states.values()].map((state) => probeAt(state, policy));
    return times.length === 0 ? null : Math.min(...times);
  }

  #save(): void {
    this.#kv.put("probes", [...this.#states]);
  }
}
