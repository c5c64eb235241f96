// What can be wrong with the dependencies of a batch, told before anything runs.
import type { Operation } from "./operation.ts";

type Node = Pick<Operation, "id" | "dependencies">;

/** One sentence for each fault, with the path to it; none where the operations can be put in order. */
export function graphFaults(operations: readonly Node[]): string[] {
  const ids = new Set<string>();
  const faults: string[] = [];
  for (const [place, { id }] of operations.entries()) {
    if (ids.has(id)) faults.push(`operations.${place}.id: there is another operation ${id}.`);
    ids.add(id);
  }
  for (const [place, { dependencies }] of operations.entries()) {
    for (const [index, { id, kind }] of dependencies.entries()) {
      if (ids.has(id) || kind === "optional") continue;
      faults.push(
        `operations.${place}.dependencies.${index}: there is no operation ${id}; there are ${[...ids].join(", ")}.`,
      );
    }
  }
  const cycle = faults.length > 0 ? null : cycleIn(operations);
  if (cycle !== null) faults.push(`operations: they wait for each other: ${cycle.join(" → ")}.`);
  return faults;
}

/** The operations in an order in which each comes after what it depends on; what is in a cycle is left out. */
export function topologicalOrder(operations: readonly Node[]): string[] {
  const waiting = new Map(operations.map(({ id }) => [id, 0]));
  const dependents = new Map<string, string[]>();
  for (const { id, dependencies } of operations) {
    for (const dependency of dependencies) {
      if (!waiting.has(dependency.id)) continue;
      waiting.set(id, (waiting.get(id) ?? 0) + 1);
      dependents.set(dependency.id, [...(dependents.get(dependency.id) ?? []), id]);
    }
  }
  const order = operations.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (const id of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

function cycleIn(operations: readonly Node[]): string[] | null {
  const ordered = new Set(topologicalOrder(operations));
  const left = new Map(
    operations.filter(({ id }) => !ordered.has(id)).map((operation) => [operation.id, operation]),
  );
  const [start] = left.keys();
  if (start === undefined) return null;
  // Each of those left depends on another of them: following that comes round.
  const path = [start];
  for (;;) {
    const here = left.get(path.at(-1) ?? "");
    const next = here?.dependencies.find(({ id }) => left.has(id))?.id ?? start;
    const seen = path.indexOf(next);
    if (seen >= 0) return [...path.slice(seen), next];
    path.push(next);
  }
}
