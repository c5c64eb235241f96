// What a node says, written into a workload's state. Pure; what doesn't fit the phase of its instance is late and
// changes nothing. It orders nothing: `reconcile` sees what follows.
import { isStanding } from "./instance.ts";
import type { Placed } from "./instance.ts";
import { Draft } from "./state.ts";
import type { WorkloadState } from "./state.ts";

export type Outcome =
  | { readonly type: "started"; readonly instance: string }
  | { readonly type: "startFailed"; readonly instance: string; readonly reason: string }
  | { readonly type: "healthy"; readonly instance: string }
  | { readonly type: "unhealthy"; readonly instance: string; readonly reason: string }
  /** It won't be well again where it is: another is to take its place. */
  | { readonly type: "condemned"; readonly instance: string; readonly reason: string }
  /** It ended by itself. Null when it ended well, which only a run's instance may. */
  | { readonly type: "exited"; readonly instance: string; readonly fault: string | null }
  | { readonly type: "drained"; readonly instance: string }
  | { readonly type: "stopped"; readonly instance: string }
  /** Everything of this workload that runs on the node, as it was at that time. */
  | {
      readonly type: "inventory";
      readonly node: string;
      readonly takenAt: number;
      readonly instances: readonly string[];
    };

export function observe(state: WorkloadState, outcome: Outcome, now: number): WorkloadState {
  const draft = new Draft(state);
  if (outcome.type === "inventory") {
    takeInventory(draft, outcome, now);
    return draft.finish();
  }
  const instance = draft.find(outcome.instance);
  if (instance !== undefined && instance.phase !== "pending") {
    take(draft, { instance, outcome }, now);
  }
  return draft.finish();
}

function take(
  draft: Draft,
  of: { instance: Placed; outcome: Exclude<Outcome, { type: "inventory" }> },
  now: number,
): void {
  const { instance, outcome } = of;
  const { phase } = instance;
  const enter = (next: Placed["phase"], more: Partial<Placed> = {}): void =>
    draft.put({ ...instance, phase: next, since: now, sentAt: null, ...more });
  switch (outcome.type) {
    case "started":
      if (phase === "starting") enter("ready", { readyAt: now, reason: null });
      return;
    case "startFailed":
      // Sent twice, a start may fail once and be obeyed once: whatever there is gets stopped.
      if (phase !== "starting") return;
      enter("stopping");
      draft.replace(instance, outcome.reason, now);
      return;
    case "healthy":
      if (phase === "unhealthy") enter("ready", { reason: null });
      return;
    case "unhealthy":
      if (phase === "ready") enter("unhealthy", { reason: outcome.reason });
      return;
    case "condemned":
      if (phase !== "ready" && phase !== "unhealthy") return;
      enter("draining");
      draft.replace(instance, outcome.reason, now);
      return;
    case "exited":
      if (outcome.fault !== null || instance.run === null) {
        end(draft, { instance, fault: outcome.fault ?? "It ended by itself." }, now);
        return;
      }
      draft.forget(instance.id);
      draft.writeRun(instance.run, (run) => ({ succeeded: run.succeeded + 1 }));
      return;
    case "drained":
      if (phase === "draining") enter("stopping");
      return;
    case "stopped":
      end(draft, { instance, fault: "It was stopped, and nobody here asked for it." }, now);
      return;
  }
}

/** What was wanted is replaced; what was to go, or is lost and replaced already, has gone. */
function end(
  draft: Draft,
  { instance, fault }: { instance: Placed; fault: string },
  now: number,
): void {
  draft.forget(instance.id);
  if (isStanding(instance)) draft.replace(instance, fault, now);
}

/** What isn't there any more has vanished; what nobody knows is a stray, to be stopped. A start in flight may still come. */
function takeInventory(
  draft: Draft,
  { node, takenAt, instances }: Extract<Outcome, { type: "inventory" }>,
  now: number,
): void {
  const there = new Set(instances);
  for (const instance of draft.instances) {
    if (instance.node !== node || there.has(instance.id) || instance.since >= takenAt) continue;
    if (instance.phase === "starting" || instance.phase === "lost") continue;
    end(draft, { instance, fault: "It vanished from its node." }, now);
  }
  for (const id of there) if (draft.find(id) === undefined) draft.put(strayOf(id, node, now));
}

function strayOf(id: string, node: string, now: number): Placed {
  return {
    id,
    name: id,
    node,
    phase: "stopping",
    slot: null,
    run: null,
    attempt: 0,
    reason: "Nobody here knows it.",
    moduleId: "",
    revision: "",
    resources: { cpuMillis: 0, memoryBytes: 0, storageBytes: 0 },
    since: now,
    readyAt: null,
    sentAt: null,
  };
}
