// What may happen to a workload and its nodes, drawn and done: for the reconciler's properties.
import fc from "fast-check";
import type { Kind, Workload } from "#domain/workload/workload.ts";
import { World, nodeOf } from "./world.ts";
import type { Fate } from "./world.ts";

export const NODES = ["a", "b", "c", "d", "e"];
const RUN = { completions: 4, parallelism: 2, retries: 5 };

export const anyKind: fc.Arbitrary<Kind> = fc.oneof(
  fc.record({ type: fc.constant("deployment" as const), replicas: fc.nat(9) }),
  fc.record({ type: fc.constant("statefulset" as const), replicas: fc.nat(5) }),
  fc.record({ type: fc.constant("daemonset" as const), perNode: fc.nat(2) }),
  fc.constant({ type: "job" as const, run: RUN }),
  fc.record({
    type: fc.constant("cronjob" as const),
    run: fc.constant(RUN),
    schedule: fc.constant("*/5 * * * *"),
    concurrency: fc.constantFrom("Allow" as const, "Forbid" as const, "Replace" as const),
    startingDeadlineMs: fc.constant(60_000),
  }),
);

/** Kinds that may become one another. */
const STAYING = ["deployment", "statefulset", "daemonset"] as const;

export const anyNode = fc.constantFrom(...NODES);
const anyStep = fc.oneof(
  fc.record({ does: fc.constant("kill" as const), node: anyNode }),
  fc.record({ does: fc.constant("revive" as const), node: anyNode, isReset: fc.boolean() }),
  fc.record({
    does: fc.constant("label" as const),
    node: anyNode,
    tier: fc.constantFrom("1", "2"),
  }),
  fc.record({ does: fc.constant("close" as const), node: anyNode }),
  fc.record({ does: fc.constant("revision" as const), revision: fc.constantFrom("1", "2", "3") }),
  fc.record({ does: fc.constant("constrain" as const), isOn: fc.boolean() }),
  fc.record({ does: fc.constant("spread" as const), isOn: fc.boolean() }),
  fc.record({ does: fc.constant("stop" as const), isStopped: fc.boolean() }),
  fc.record({ does: fc.constant("replicas" as const), replicas: fc.nat(9) }),
  fc.record({ does: fc.constant("kind" as const), type: fc.constantFrom(...STAYING) }),
  fc.record({ does: fc.constant("sicken" as const), at: fc.nat(20) }),
  fc.record({ does: fc.constant("exit" as const), at: fc.nat(20), isWell: fc.boolean() }),
  fc.record({ does: fc.constant("wait" as const), ms: fc.nat(400_000) }),
  fc.record({ does: fc.constant("round" as const) }),
  fc.record({ does: fc.constant("answer" as const) }),
);
export type Step = typeof anyStep extends fc.Arbitrary<infer Of> ? Of : never;

export const anySteps = fc.array(anyStep, { minLength: 5, maxLength: 40, size: "max" });
export const anyFates = fc.array(fc.constantFrom<Fate>("obey", "obey", "obey", "refuse", "lose"), {
  minLength: 1,
  maxLength: 20,
  size: "max",
});

export function fated(fates: readonly Fate[]): () => Fate {
  let at = 0;
  return () => fates[(at += 1) % fates.length] ?? "obey";
}

export function take(world: World, step: Step): void {
  const { workload, state } = world;
  const change = (more: Partial<Workload>): void => {
    world.workload = { ...workload, ...more };
  };
  switch (step.does) {
    case "kill":
      world.change(step.node, { isAlive: false });
      return;
    case "revive":
      if (step.isReset && world.cluster.nodes.get(step.node)?.isAlive === false) {
        world.running.get(step.node)?.clear();
      }
      world.change(step.node, { isAlive: true, isOpen: true });
      return;
    case "label":
      world.change(step.node, { labels: { tier: step.tier } });
      return;
    case "close":
      world.change(step.node, { isOpen: false });
      return;
    case "revision":
      change({ revision: step.revision });
      return;
    case "constrain": {
      const constraints = [{ key: "tier", operator: "NotIn", values: ["2"] }] as const;
      change({
        placement: { ...workload.placement, constraints: step.isOn ? constraints : [] },
      });
      return;
    }
    case "spread":
      change({ spread: step.isOn ? SPREAD : [] });
      return;
    case "stop":
      change({ isStopped: step.isStopped });
      return;
    case "replicas":
      if ("replicas" in workload.kind) {
        change({ kind: { ...workload.kind, replicas: step.replicas } });
      }
      return;
    case "kind": {
      const { kind } = workload;
      if (kind.type === "job" || kind.type === "cronjob") return;
      const count = kind.type === "daemonset" ? kind.perNode : kind.replicas;
      const { type } = step;
      change({
        kind: type === "daemonset" ? { type, perNode: count % 3 } : { type, replicas: count },
      });
      return;
    }
    case "sicken":
    case "exit": {
      const ready = world.ids("ready");
      const instance = ready[step.at % Math.max(1, ready.length)];
      if (instance === undefined) return;
      if (step.does === "sicken") {
        const type = step.at % 3 === 0 ? "condemned" : "unhealthy";
        world.hear({ type, instance, reason: "It answers nothing." });
        return;
      }
      const node = state.instances.find(({ id }) => id === instance)?.node ?? "";
      world.running.get(node)?.delete(instance);
      world.hear({ type: "exited", instance, fault: step.isWell ? null : "It crashed." });
      return;
    }
    case "wait":
      world.now += step.ms;
      return;
    case "round":
      world.round();
      return;
    case "answer":
      world.answer();
  }
}

const SPREAD = ["a", "b", "c"].map((id, at) => ({
  name: id,
  weight: at + 1,
  requirements: { host: id },
}));

export function worldOf(workload: Workload): World {
  return new World(
    workload,
    NODES.map((id) => nodeOf(id, { labels: { host: id } })),
  );
}
