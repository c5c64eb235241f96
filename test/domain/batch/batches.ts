// Builders of operations and batches.
import fc from "fast-check";
import { newBatch } from "#domain/batch/batch.ts";
import type { Batch, BatchPlan } from "#domain/batch/batch.ts";
import { DEFAULT_RETRY } from "#domain/batch/operation.ts";
import type { Dependency, Operation } from "#domain/batch/operation.ts";
import type { Effect } from "#domain/provisioning/effect.ts";

export function operation(id: string, more: Partial<Operation> = {}): Operation {
  return {
    id,
    type: "create",
    dependencies: [],
    effects: [server(id)],
    onFailure: "rollback",
    timeoutMs: 300_000,
    retry: DEFAULT_RETRY,
    ...more,
  };
}

function server(name: string): Effect {
  const spec = { name, infra: "test", provider: null, plan: null, zone: null };
  return { type: "server", verb: "create", spec };
}

export function after(...ids: readonly string[]): Dependency[] {
  return ids.map((id) => ({ id, kind: "hard" }));
}

export function batchOf(operations: readonly Operation[], more: Partial<BatchPlan> = {}): Batch {
  const made = newBatch({
    operations,
    parallelLimit: 5,
    rollbackEnabled: true,
    preserveSuccessful: false,
    ...more,
  });
  if ("faults" in made) throw new Error(made.faults.join("\n"));
  return made;
}

/** A random graph: each operation depends only on those before it, so that there is no cycle. */
export function graphs(size: number): fc.Arbitrary<Operation[]> {
  const kind = fc.constantFrom("hard", "hard", "soft", "optional");
  const onFailure = fc.constantFrom<Operation["onFailure"]>("continue", "continue", "continue");
  const shape = fc.record({
    links: fc.array(fc.record({ back: fc.integer({ min: 1, max: 12 }), kind }), { maxLength: 3 }),
    effects: fc.integer({ min: 0, max: 3 }),
    onFailure,
  });
  return fc.array(shape, { minLength: size, maxLength: size }).map((shapes) =>
    shapes.map(({ links, effects, onFailure: onFail }, place) => {
      const dependencies = links
        .filter(({ back }) => back <= place)
        .map(
          ({ back, kind: dependency }) =>
            ({ id: `op-${place - back}`, kind: dependency }) satisfies Dependency,
        );
      return operation(`op-${place}`, {
        dependencies: dependencies,
        effects: Array.from({ length: effects }, (_, at) => server(`op-${place}.${at}`)),
        onFailure: onFail,
      });
    }),
  );
}
