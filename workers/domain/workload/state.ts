// All that is remembered of one workload between two rounds, and the draft in which the next state is written. A draft
// that nothing was written in gives back the state that it began with.
import type { Hold } from "#domain/placement/cluster.ts";
import { STABLE_MS, backoffMs } from "./instance.ts";
import type { Instance, Pending, Placed } from "./instance.ts";

export type WorkloadState = {
  readonly workload: string;
  /** Numbers the instances; never used twice. */
  readonly serial: number;
  readonly instances: readonly Instance[];
  readonly runs: readonly Run[];
  /** A cronjob's last occurrence that was dealt with, else when it was first seen. */
  readonly scheduledAt: number | null;
  /** The latest last. */
  readonly failures: readonly Failure[];
};

export type Run = {
  readonly id: string;
  readonly revision: string;
  readonly createdAt: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly outcome: "active" | "completed" | "failed" | "stopped";
};

export type Failure = {
  readonly instance: string;
  readonly node: string;
  readonly at: number;
  readonly reason: string;
};

const FAILURES_MAX = 10;

export function newState(workload: string): WorkloadState {
  return { workload, serial: 0, instances: [], runs: [], scheduledAt: null, failures: [] };
}

/**
 * What the workload takes of nodes: the cluster is to hear of it after each `reconcile` and each `observe`.
 * A lost instance keeps its place: nobody else comes to a dead node, and it may return.
 */
export function holdsOf({ workload, instances }: WorkloadState): Hold[] {
  return instances.flatMap((instance) =>
    instance.phase === "pending"
      ? []
      : [{ instance: instance.id, workload, node: instance.node, resources: instance.resources }],
  );
}

export class Draft {
  readonly #before: WorkloadState;
  readonly #instances: Map<string, Instance>;
  #more: Partial<WorkloadState> = {};
  #isTouched = false;

  constructor(state: WorkloadState) {
    this.#before = state;
    this.#instances = new Map(state.instances.map((instance) => [instance.id, instance]));
  }

  get instances(): Instance[] {
    return [...this.#instances.values()];
  }

  get runs(): readonly Run[] {
    return this.#more.runs ?? this.#before.runs;
  }

  get scheduledAt(): number | null {
    return this.#more.scheduledAt ?? this.#before.scheduledAt;
  }

  find(id: string): Instance | undefined {
    return this.#instances.get(id);
  }

  put(instance: Instance): void {
    this.#instances.set(instance.id, instance);
    this.#isTouched = true;
  }

  forget(id: string): void {
    if (this.#instances.delete(id)) this.#isTouched = true;
  }

  add(of: Pick<Pending, "slot" | "run"> & Partial<Pending>): Pending {
    const serial = (this.#more.serial ?? this.#before.serial) + 1;
    this.write({ serial });
    const origin = { attempt: 0, reason: null, retryAt: 0, avoid: null, ...of };
    const id = `${this.#before.workload}.${serial}`;
    const pending: Pending = { ...origin, id, phase: "pending", node: null };
    this.put(pending);
    return pending;
  }

  write(more: Partial<Omit<WorkloadState, "instances" | "workload">>): void {
    this.#more = { ...this.#more, ...more };
    this.#isTouched = true;
  }

  writeRun(id: string, change: (run: Run) => Partial<Run>): void {
    this.write({
      runs: this.runs.map((run) => (run.id === id ? { ...run, ...change(run) } : run)),
    });
  }

  /** Puts another in its place, later with each failure in a row, and keeps why. */
  replace(failed: Placed, reason: string, now: number): void {
    const wasStable = failed.readyAt !== null && now - failed.readyAt >= STABLE_MS;
    const attempt = wasStable ? 1 : failed.attempt + 1;
    const failures = [
      ...(this.#more.failures ?? this.#before.failures),
      { instance: failed.id, node: failed.node, at: now, reason },
    ];
    this.write({ failures: failures.slice(-FAILURES_MAX) });
    if (failed.run !== null) this.writeRun(failed.run, (run) => ({ failed: run.failed + 1 }));
    const { slot, run, node: avoid, id } = failed;
    this.add({ slot, run, attempt, reason, avoid, retryAt: now + backoffMs(id, attempt) });
  }

  finish(): WorkloadState {
    if (!this.#isTouched) return this.#before;
    return { ...this.#before, ...this.#more, instances: this.instances };
  }
}
