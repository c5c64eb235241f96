// What becomes of a workload whose change goes out by a rollout, stage by stage.
import { expect, test } from "vitest";
import { afterReplacing, afterRollout, settled } from "#domain/workload/rollout.ts";
import type { Rolled } from "#domain/workload/rollout.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { SettledWorkload, Workload, WorkloadRollout } from "#domain/workload/workload.ts";

const BEFORE: SettledWorkload = {
  ...DEFAULT_SPEC,
  id: "workload-1",
  namespace: "space",
  name: "web",
  owner: "edge",
  moduleId: "web-v1.0.0",
  revision: "1",
  kind: { type: "deployment", replicas: 4 },
};
const AFTER: SettledWorkload = { ...BEFORE, moduleId: "web-v2.0.0", revision: "2" };

function rolling(
  purpose: WorkloadRollout["purpose"],
  given: Partial<SettledWorkload> = {},
): Workload {
  const { moduleId } = AFTER;
  const to = { ...AFTER, ...given };
  const rollout = { deployment: "deploy-1", moduleId, purpose, stage: "rolling", to } as const;
  return { ...BEFORE, ...given, rollout: { ...rollout, from: null, message: null } };
}

const told = (outcome: Rolled["outcome"], deployment = "deploy-1"): Rolled => ({
  workload: "workload-1",
  deployment,
  outcome,
  message: "because",
});

test("an update that is complete becomes what was asked for, with room for all of the new at once", () => {
  const next = afterRollout(rolling("update"), told("completed"));
  expect(next).toMatchObject({ ...AFTER, update: { surge: 4, unavailable: 0 } });
  expect(next.rollout).toMatchObject({ stage: "replacing", to: null, from: BEFORE });
  const over = afterReplacing(next);
  expect(settled(over)).toEqual(AFTER);
  expect(over.rollout).toMatchObject({ stage: "complete", from: null });
});

test("what is updated in place stays so", () => {
  const daemons = { kind: { type: "daemonset", perNode: 1 } } as const;
  const inPlace = { ...daemons, update: { surge: 0, unavailable: 1 } };
  const next = afterRollout(rolling("update", inPlace), told("completed"));
  expect(next.update).toEqual({ surge: 0, unavailable: 1 });
});

test.each(["failed", "rolledBack"] as const)("what %s has changed nothing", (outcome) => {
  for (const purpose of ["update", "deploy"] as const) {
    const next = afterRollout(rolling(purpose), told(outcome));
    expect(settled(next)).toEqual(BEFORE);
    expect(next.rollout).toMatchObject({ stage: "takenBack", to: null, message: "because" });
  }
});

test.each(["update", "deploy"] as const)(
  "a complete %s that is rolled back is undone",
  (purpose) => {
    const complete = afterRollout(rolling(purpose), told("completed"));
    const next = afterRollout(complete, told("rolledBack"));
    expect(settled(next)).toEqual(BEFORE);
    expect(next.rollout).toMatchObject({ stage: "takenBack", from: null });
  },
);

test("what was told already, of another deployment, or too late gives the same workload back", () => {
  const begun = rolling("update");
  const replacing = afterRollout(begun, told("completed"));
  const over = afterReplacing(replacing);
  const back = afterRollout(begun, told("failed"));
  expect(afterRollout(begun, told("completed", "deploy-2"))).toBe(begun);
  expect(afterRollout(replacing, told("completed"))).toBe(replacing);
  expect(afterRollout(over, told("rolledBack"))).toBe(over);
  expect(afterReplacing(over)).toBe(over);
  expect(afterReplacing(begun)).toBe(begun);
  expect(afterRollout(back, told("completed"))).toBe(back);
  const { rollout: _, ...none } = begun;
  expect(afterRollout(none, told("completed"))).toBe(none);
});
