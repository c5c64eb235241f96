// The reconciler's promises, in worlds where nodes die and come back and commands fail.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind } from "#domain/workload/workload.ts";
import type { Instance } from "#domain/workload/instance.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import { anyNode, NODES, anyFates, anyKind, anySteps, fated, take, worldOf } from "./happenings.ts";
import type { Step } from "./happenings.ts";
import { World, nodeOf, workloadOf } from "./world.ts";
import type { Fate } from "./world.ts";
import { faultsAtRest } from "./rest.ts";

/** A node is relabelled between a start that was asked for and its answer. */
const RELABELLED: [Kind, Step[], Fate[]][] = [
  [
    { type: "job", run: { completions: 4, parallelism: 2, retries: 5 } },
    [
      { does: "kill", node: "a" },
      { does: "constrain", isOn: true },
      { does: "round" },
      { does: "label", node: "c", tier: "2" },
      { does: "wait", ms: 15_000 },
      { does: "round" },
    ],
    ["obey"],
  ],
  [
    { type: "statefulset", replicas: 2 },
    [
      { does: "close", node: "a" },
      { does: "round" },
      { does: "answer" },
      { does: "label", node: "c", tier: "2" },
      { does: "round" },
      { does: "sicken", at: 0 },
      { does: "wait", ms: 15_000 },
      { does: "revive", node: "a", isReset: false },
      { does: "stop", isStopped: true },
      { does: "constrain", isOn: true },
    ],
    ["obey"],
  ],
];

describe("a workload that is reconciled", () => {
  it("comes to rest from wherever events leave it, with what is wanted and nothing else", () => {
    fc.assert(
      fc.property(anyKind, anySteps, anyFates, (kind, steps, fates) => {
        const world = worldOf(workloadOf({ kind }));
        world.fate = fated(fates);
        for (const step of steps) take(world, step);
        expect(faultsAtRest(world)).toEqual([]);
      }),
      { numRuns: 300, examples: RELABELLED },
    );
  });

  it("never overcommits a node where room is short, and says of each that has none", () => {
    const room = fc.array(fc.nat(3), { minLength: 5, maxLength: 5, size: "max" });
    fc.assert(
      fc.property(fc.nat(9), fc.tuple(room, room), anySteps, (replicas, [rooms, taken], steps) => {
        const { resources } = workloadOf();
        const world = new World(
          workloadOf({ kind: { type: "deployment", replicas } }),
          NODES.map((id, at) => {
            const cpuMillis = ((rooms[at] ?? 0) + (taken[at] ?? 0)) * resources.cpuMillis;
            return nodeOf(id, { capacity: { ...nodeOf(id).capacity, cpuMillis } });
          }),
        );
        for (const [at, node] of NODES.entries()) {
          const holds = Array.from({ length: taken[at] ?? 0 }, (_, number) => ({
            instance: `${node}.${number}`,
            workload: node,
            node,
            resources,
          }));
          world.cluster.settle(node, holds);
        }
        for (const step of steps) if (step.does !== "kind") take(world, step);
        for (const node of NODES) take(world, { does: "revive", node, isReset: false });
        take(world, { does: "spread", isOn: false });
        take(world, { does: "constrain", isOn: false });
        world.workload = { ...world.workload, update: { surge: 0, unavailable: 2 } };
        world.rest();
        const { status } = reconcile(world.workload, world, world.now);
        const total = rooms.reduce((sum, each) => sum + each, 0);
        expect(status.counts.ready).toBe(Math.min(status.desired, total));
        expect(status.unplaced.length).toBe(status.desired - status.counts.ready);
        for (const { reason } of status.unplaced) expect(reason).toContain("insufficient cpu");
      }),
      { numRuns: 300 },
    );
  });

  it("comes to rest from any state at all, and never throws", () => {
    const phase = fc.constantFrom(
      "pending" as const,
      "starting" as const,
      "ready" as const,
      "unhealthy" as const,
      "draining" as const,
      "stopping" as const,
      "lost" as const,
    );
    const found = fc.record({
      phase,
      node: fc.constantFrom(...NODES, "unknown"),
      slot: fc.constantFrom(null, "0", "1", "7", "a/0", "b/0", "unknown/0", "odd"),
      run: fc.constantFrom(null, "1", "unknown"),
      revision: fc.constantFrom("1", "0"),
      attempt: fc.nat(9),
      age: fc.nat(2_000_000),
    });
    fc.assert(
      fc.property(
        anyKind,
        fc.array(found, { maxLength: 12, size: "max" }),
        fc.boolean(),
        (kind, instances, isStopped) => {
          const world = worldOf(
            workloadOf({ kind, isStopped: isStopped || kind.type === "cronjob" }),
          );
          world.state = {
            ...world.state,
            serial: 100,
            instances: instances.map(({ age, ...more }, at) =>
              stateOf(world, { ...more, at, age }),
            ),
          };
          for (const { id, node, phase: is } of world.state.instances) {
            if (is === "ready" || is === "draining") world.running.get(node ?? "")?.add(id);
          }
          world.rest();
          const ready = world.ids("ready");
          expect(world.alive().sort()).toEqual(ready.sort());
          const standing = world.state.instances.filter(({ node }) => node !== "unknown");
          expect(standing.length).toBe(ready.length);
          expect(reconcile(world.workload, world, world.now).status.desired).toBe(ready.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("comes to rest in a number of rounds that its size bounds", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("deployment" as const, "statefulset" as const),
        fc.tuple(fc.nat(12), fc.nat(12)),
        fc.integer({ min: 1, max: 3 }),
        (type, [before, after], unavailable) => {
          const update = { surge: 0, unavailable };
          const world = worldOf(workloadOf({ kind: { type, replicas: before }, update }));
          world.rest();
          world.workload = { ...world.workload, kind: { type, replicas: after }, revision: "2" };
          expect(world.rest()).toBeLessThanOrEqual(2 + 4 * (before + after));
        },
      ),
    );
  });

  it("moves only what was on a node that is taken away, and doubles nothing when it is back", () => {
    const kind = fc.constantFrom<Kind>(
      { type: "deployment", replicas: 7 },
      { type: "statefulset", replicas: 4 },
      { type: "daemonset", perNode: 2 },
    );
    fc.assert(
      fc.property(kind, anyNode, fc.boolean(), (kind, lost, isReset) => {
        const strategy = "load-balance" as const;
        const placement = { strategy, constraints: [], preferences: [], region: null };
        const world = worldOf(workloadOf({ kind, placement }));
        world.rest();
        const count = world.ids("ready").length;
        const elsewhere = world.state.instances.filter(({ node }) => node !== lost);
        take(world, { does: "kill", node: lost });
        world.rest();
        expect(world.state.instances).toEqual(expect.arrayContaining(elsewhere));
        const settled = world.ids("ready");
        expect(settled.length).toBe(kind.type === "daemonset" ? count - 2 : count);
        take(world, { does: "revive", node: lost, isReset });
        world.rest();
        expect(world.ids("ready").length).toBe(count);
        expect(world.ids("ready")).toEqual(expect.arrayContaining(settled));
        expect(world.alive().sort()).toEqual(world.ids("ready").sort());
      }),
    );
  });
});

function stateOf(
  world: World,
  of: Pick<Instance, "slot" | "run" | "attempt" | "phase"> & {
    readonly node: string;
    readonly revision: string;
    readonly at: number;
    readonly age: number;
  },
): Instance {
  const { slot, run, attempt, phase, at } = of;
  const origin = { id: `w.${at + 1}`, slot, run, attempt, reason: null };
  const since = world.now - of.age;
  if (phase === "pending") return { ...origin, phase, node: null, retryAt: since, avoid: of.node };
  const { moduleId, resources } = world.workload;
  const { node, revision } = of;
  const place = { name: `web-${at}`, node, moduleId, revision, resources };
  return { ...origin, ...place, phase, since, readyAt: since, sentAt: null };
}
