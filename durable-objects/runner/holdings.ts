// The versions that a node holds, for rollouts and for instances of workloads, and whether it has room for one more.
import type { Assignment } from "#domain/execution.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { ServeCall } from "#domain/http.ts";
import { MODULES_MAX } from "#domain/node.ts";
import type { Assignments } from "./assignments.ts";
import type { Instances } from "./instances.ts";
import { full } from "./refusal.ts";

type Meant = Pick<ServeCall, "moduleId" | "instance" | "workload">;

export class Holdings {
  readonly #assignments: Assignments;
  readonly #instances: Instances;

  constructor(assignments: Assignments, instances: Instances) {
    this.#assignments = assignments;
    this.#instances = instances;
  }

  /** Where an instance is named, by that one; null when nobody wants the version here. */
  of(moduleId: string, instance?: string): Assignment | null {
    if (instance !== undefined) return this.#instances.assignment(instance);
    return this.#assignments.get(moduleId) ?? this.#instances.ofModule(moduleId);
  }

  /** A workload's request is its instance's. */
  meant<Asked extends Meant>(asked: Asked): Asked {
    const { workload, moduleId } = asked;
    if (workload === undefined) return asked;
    const instance = this.#instances.ofWorkload(workload, moduleId);
    return instance === null ? asked : { ...asked, instance };
  }

  /** Where a workload has no instance of the version, a rollout's is taken, and never another workload's. */
  asked({ moduleId, instance, workload }: Meant): Assignment | null {
    const isNamed = instance !== undefined || workload === undefined;
    return isNamed ? this.of(moduleId, instance) : this.#assignments.get(moduleId);
  }

  all(): Assignment[] {
    const held = [...this.#instances.assignments(), ...this.#assignments.all()];
    return [...new Map(held.map((assignment) => [assignment.moduleId, assignment])).values()];
  }

  /** Why the node can't hold this version as well. */
  refusal(
    moduleId: string,
    { nodeId, maxModules = MODULES_MAX }: { nodeId: string; maxModules?: number | undefined },
  ): FaultReport | null {
    const held = this.all().length;
    if (held < maxModules || this.of(moduleId) !== null) return null;
    return full(nodeId, held, maxModules);
  }
}
