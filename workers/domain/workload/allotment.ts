// How many instances each spread rule may still have. Where the rules can't be counted nothing is moved by them: what
// stands stays, and what is missing goes where a rule has room.
import { spreadOver } from "#domain/placement/spread.ts";
import type { Spread } from "#domain/placement/spread.ts";
import type { Round } from "./round.ts";

export class Allotment {
  readonly #spread: Spread | null;
  readonly #left: number[];

  constructor({ workload, cluster }: Round, replicas: number | null) {
    this.#spread =
      replicas === null || workload.spread.length === 0
        ? null
        : spreadOver(replicas, workload.spread, cluster.nodes.values());
    this.#left = [...(this.#spread?.counts ?? [])];
  }

  get faults(): readonly string[] {
    return this.#spread?.faults ?? [];
  }

  get isFree(): boolean {
    return this.#spread === null;
  }

  /** Whether one more may come to the node. */
  admits(node: string): boolean {
    if (this.#spread === null) return true;
    const rule = this.#spread.ruleOf.get(node);
    return rule !== undefined && (this.#left[rule] ?? 0) > 0;
  }

  /** Whether one that is there may stay; it counts from now on. */
  keeps(node: string): boolean {
    const isKept = this.faults.length > 0 || this.admits(node);
    if (isKept) this.take(node);
    return isKept;
  }

  take(node: string): void {
    const rule = this.#spread?.ruleOf.get(node);
    if (rule !== undefined) this.#left[rule] = (this.#left[rule] ?? 0) - 1;
  }
}
