// The reconciler's promises, in worlds where nodes die and come back and commands fail.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind, Workload } from "#domain/workload/workload.ts";
import type { Instance } from "#domain/workload/instance.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import { World, nodeOf, workloadOf } from "./world.ts";
import type { Fate } from "./world.ts";

const NODES = ["a", "b", "c", "d", "e"];
const RUN = { completions: 4, parallelism: 2, retries: 5 };

const anyKind: fc.Arbitrary<Kind> = fc.oneof(
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

const anyNode = fc.constantFrom(...NODES);
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
  fc.record({ does: fc.constant("sicken" as const), at: fc.nat(20) }),
  fc.record({ does: fc.constant("exit" as const), at: fc.nat(20), isWell: fc.boolean() }),
  fc.record({ does: fc.constant("wait" as const), ms: fc.nat(400_000) }),
  fc.record({ does: fc.constant("round" as const) }),
  fc.record({ does: fc.constant("answer" as const) }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer Of> ? Of : never;

const anySteps = fc.array(anyStep, { minLength: 5, maxLength: 40, size: "max" });
const anyFates = fc.array(fc.constantFrom<Fate>("obey", "obey", "obey", "refuse", "lose"), {
  minLength: 1,
  maxLength: 20,
  size: "max",
});

function fated(fates: readonly Fate[]): () => Fate {
  let at = 0;
  return () => fates[(at += 1) % fates.length] ?? "obey";
}

function take(world: World, step: Step): void {
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

function worldOf(workload: Workload): World {
  return new World(
    workload,
    NODES.map((id) => nodeOf(id, { labels: { host: id } })),
  );
}

describe("a workload that is reconciled", () => {
  it("comes to rest from wherever events leave it, with what is wanted and nothing else", () => {
    fc.assert(
      fc.property(anyKind, anySteps, anyFates, (kind, steps, fates) => {
        const world = worldOf(workloadOf({ kind }));
        world.fate = fated(fates);
        for (const step of steps) take(world, step);
        world.fate = () => "obey";
        if (kind.type !== "job" && kind.type !== "cronjob") world.rest();
        for (const id of NODES) take(world, { does: "revive", node: id, isReset: false });
        if (kind.type === "cronjob") take(world, { does: "stop", isStopped: true });
        take(world, { does: "spread", isOn: false });
        take(world, { does: "constrain", isOn: false });
        world.rest();
        world.beat();
        world.rest();
        const ready = world.ids("ready");
        expect(world.alive().sort()).toEqual(ready.sort());
        expect(world.state.instances.length).toBe(ready.length);
        const { status } = reconcile(world.workload, world, world.now);
        expect(status.current).toBe(ready.length);
        expect(status.desired).toBe(ready.length);
      }),
      { numRuns: 300 },
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
        for (const step of steps) take(world, step);
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
