// Follows the rollouts of a lattice's workloads. A rollout tells of its end; here is looked after what nobody tells: the
// moment from which on the instances stand for what it has brought, and a rollout whose end was not heard.
import { statusOf } from "#domain/deployment.ts";
import { afterReplacing, endOf } from "#domain/workload/rollout.ts";
import type { Rolled } from "#domain/workload/rollout.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { handOver } from "#stores/handover.ts";
import { rolloutOf } from "#stores/objects.ts";
import type { Book, Kept } from "./book.ts";

/** A rollout that is not executed by then was left by whoever meant to. */
const LEFT_MS = 60_000;

type Shell = {
  readonly env: Env;
  readonly book: Book;
  readonly rolled: (told: Rolled) => void;
  readonly become: (id: string, next: (workload: Workload) => Workload) => void;
};

export class Rollouts {
  readonly #shell: Shell;
  readonly #handing = new Set<string>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** Whether somebody has to come back to it. */
  get isBehind(): boolean {
    return [...this.#shell.book.workloads.values()].some(isReplaced);
  }

  /** Gives the route to instances that all run what a rollout has brought. */
  async handOver(): Promise<void> {
    const due = [...this.#shell.book.workloads.values()].filter(isReplaced);
    await Promise.all(due.map((kept) => this.#handOver(kept.record.workload)));
  }

  /** Hears the ends that were not told. */
  async look(): Promise<void> {
    const rolling = [...this.#shell.book.workloads.values()].flatMap(({ record: { workload } }) =>
      workload.rollout?.stage === "rolling" ? [[workload.id, workload.rollout.deployment]] : [],
    );
    await Promise.all(rolling.map(([workload = "", id = ""]) => this.#look(workload, id)));
  }

  async #handOver({ id, rollout }: Workload): Promise<void> {
    if (rollout == null || this.#handing.has(id)) return;
    this.#handing.add(id);
    try {
      const deployment = await rolloutOf(this.#shell.env, rollout.deployment).read();
      if (deployment !== null && !(await handOver(this.#shell.env, deployment.rollout))) return;
      this.#shell.become(id, afterReplacing);
    } catch (cause) {
      console.warn("route not handed over", id, cause);
    } finally {
      this.#handing.delete(id);
    }
  }

  async #look(workload: string, id: string): Promise<void> {
    const stub = rolloutOf(this.#shell.env, id);
    const deployment = await stub.read();
    if (deployment === null) return;
    const { rollout } = deployment;
    const isLeft = statusOf(rollout) === "Pending" && Date.now() - rollout.createdAt > LEFT_MS;
    if (isLeft) {
      const reason = "It was left before it was executed.";
      await stub.ask({ type: "abort", actor: "system", reason });
      return;
    }
    const outcome = endOf(rollout.phase.name);
    if (outcome === null) return;
    const message = rollout.message ?? outcome;
    this.#shell.rolled({ workload, deployment: id, outcome, message });
  }
}

function isReplaced({ record: { workload, status }, isRemoved }: Kept): boolean {
  return workload.rollout?.stage === "replacing" && status.phase === "running" && !isRemoved;
}
