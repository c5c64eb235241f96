// Brings commands to a node, together and in their order, and its answers back as outcomes. A node that is told twice
// answers twice and does it once.
import { assignmentOf } from "#domain/execution.ts";
import type { Module } from "#domain/module.ts";
import type { PlacementNode } from "#domain/placement/node.ts";
import type { Command } from "#domain/workload/command.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { configured } from "#domain/workload/order.ts";
import type { Entry, Order } from "#domain/workload/order.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { findModule } from "#stores/modules.ts";
import { runnerOf } from "#stores/objects.ts";

type Start = Extract<Command, { type: "start" }>;

export type Delivery = {
  readonly lattice: string;
  readonly node: PlacementNode;
  readonly commands: readonly Command[];
  readonly workloadOf: (command: Command) => Workload | undefined;
};

export async function deliver(env: Env, delivery: Delivery): Promise<Outcome[]> {
  const { lattice, node, commands } = delivery;
  const orders: Order[] = [];
  const refused: Outcome[] = [];
  const modules = new Map<string, Module | null>();
  for (const command of commands) {
    if (command.type !== "start") {
      orders.push({ type: command.type, instance: command.instance });
      continue;
    }
    const workload = delivery.workloadOf(command);
    if (workload === undefined) continue;
    const { moduleId } = command;
    const module = modules.get(moduleId) ?? (await findModule(database(env), moduleId));
    modules.set(moduleId, module);
    const made = startOf(command, { workload, module, node });
    if ("reason" in made) {
      refused.push({ type: "startFailed", instance: command.instance, reason: made.reason });
    } else orders.push(made);
  }
  if (orders.length === 0) return refused;
  return [...refused, ...(await runnerOf(env, node.id).order(lattice, orders))];
}

function startOf(
  command: Start,
  of: { workload: Workload; module: Module | null; node: PlacementNode },
): Order | { reason: string } {
  const { workload, module, node } = of;
  const { instance, moduleId, resources } = command;
  if (module === null) return { reason: `Module ${moduleId} is not registered.` };
  if (module.status === "Disabled") return { reason: `Module ${moduleId} is Disabled.` };
  const run = command.run === null ? null : entryOf(workload, module);
  if (run !== null && "reason" in run) return run;
  return {
    type: "start",
    instance,
    workload: workload.id,
    assignment: configured(assignmentOf(module), workload, node.id),
    resources,
    capacity: node.capacity,
    run,
    // Names of apps are unique; of other owners' workloads they are not.
    log: workload.owner === "apps" ? { log: workload.name, container: command.name } : null,
  };
}

/** A program is called by whatever name. */
function entryOf(workload: Workload, module: Module): Entry | { reason: string } {
  if (workload.entry !== null) return workload.entry;
  const isProgram = module.signatures[0]?.style === "command";
  if (isProgram) return { functionName: "_start", parameters: null };
  const names = module.signatures.map(({ name }) => name).join(", ");
  const reason = `${module.id} is no program: name the function that a run calls, one of ${names || "none"}.`;
  return { reason };
}
