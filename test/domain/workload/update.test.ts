// What an update may and may not do while it goes on, and what a workload tells of itself.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "#domain/workload/instance.ts";
import type { Kind } from "#domain/workload/workload.ts";
import { World, nodeOf, workloadOf } from "./world.ts";
import type { Fate } from "./world.ts";

const NEITHER = { surge: 0, unavailable: 0 };
const HOSTS = ["a", "b", "c", "d"];

function worldOf(more: Parameters<typeof workloadOf>[0]): World {
  return new World(
    workloadOf(more),
    HOSTS.map((id) => nodeOf(id, { labels: { host: id } })),
  );
}

describe("an instance that is condemned", () => {
  it("drains, and another takes its place", () => {
    const world = worldOf({ kind: { type: "deployment", replicas: 2 } });
    world.rest();
    const [sick = ""] = world.ids("ready");
    world.hear({ type: "condemned", instance: sick, reason: "It stayed sick." });
    expect(world.ids("draining")).toEqual([sick]);
    world.rest();
    expect(world.ids("ready")).toHaveLength(2);
    expect(world.ids("ready")).not.toContain(sick);
    expect(world.state.failures.at(-1)?.reason).toBe("It stayed sick.");
  });
});

describe("an update", () => {
  const policy = fc
    .record({ surge: fc.nat(3), unavailable: fc.nat(3) })
    .filter(({ surge, unavailable }) => surge + unavailable > 0);
  const change = fc.constantFrom("revision", "constraint", "spread");
  const fates = fc.array(fc.constantFrom<Fate>("obey", "obey", "refuse", "lose"), {
    minLength: 1,
    maxLength: 12,
    size: "max",
  });

  it("never has fewer ready than replicas − unavailable, nor more than replicas + surge", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        policy,
        fc.tuple(change, fates),
        (replicas, update, [by, all]) => {
          const world = worldOf({ kind: { type: "deployment", replicas }, update });
          world.rest();
          const { placement } = world.workload;
          if (by === "revision") world.workload = { ...world.workload, revision: "2" };
          if (by === "constraint") {
            const constraints = [{ key: "host", operator: "NotIn", values: ["a"] }] as const;
            world.workload = { ...world.workload, placement: { ...placement, constraints } };
          }
          if (by === "spread") {
            const spread = HOSTS.map((host) => ({ name: host, weight: 1, requirements: { host } }));
            world.workload = { ...world.workload, spread };
          }
          let at = 0;
          let turns = 0;
          world.fate = () => (turns > 60 ? "obey" : (all[(at += 1) % all.length] ?? "obey"));
          world.watch = () => {
            turns += 1;
            const ready = world.ids("ready").length;
            expect(ready).toBeGreaterThanOrEqual(replicas - update.unavailable);
            expect(ready).toBeLessThanOrEqual(replicas + update.surge);
          };
          world.rest();
          expect(world.state.instances.length).toBe(replicas);
          expect(world.round().status.current).toBe(replicas);
        },
      ),
    );
  });

  it("to another kind keeps what stands where it is wanted, and starts what is missing before the rest goes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 2 }),
        fc.tuple(fc.boolean(), fc.boolean(), fates),
        (replicas, perNode, [isBack, isRevised, all]) => {
          const replicated: Kind = { type: "deployment", replicas };
          const daemons: Kind = { type: "daemonset", perNode };
          const [kind, to] = isBack ? [daemons, replicated] : [replicated, daemons];
          const world = worldOf({ kind });
          world.rest();
          const before = world.ids("ready");
          const update = { surge: 1, unavailable: to.type === "daemonset" ? 1 : 0 };
          const revision = isRevised ? "2" : "1";
          world.workload = { ...world.workload, kind: to, update, revision };
          let [at, turns] = [0, 0];
          world.fate = () => (turns > 60 ? "obey" : (all[(at += 1) % all.length] ?? "obey"));
          const wanted = to.type === "daemonset" ? HOSTS.length * perNode : replicas;
          const least = Math.min(before.length, wanted - update.unavailable);
          world.watch = () => {
            turns += 1;
            expect(world.ids("ready").length).toBeGreaterThanOrEqual(least);
          };
          world.rest();
          expect(world.state.instances.length).toBe(wanted);
          expect(world.round().status).toMatchObject({ current: wanted, phase: "running" });
          if (isRevised) return;
          const kept = world.ids("ready").filter((id) => before.includes(id)).length;
          expect(kept).toBeGreaterThanOrEqual(Math.min(wanted, new Set(before).size, HOSTS.length));
        },
      ),
    );
  });

  it("to one on each node lets what stood there go first where a node has no room for both", () => {
    const { resources } = workloadOf();
    const capacity = { ...resources, memoryBytes: 2 ** 40 };
    const world = new World(
      workloadOf({ kind: { type: "deployment", replicas: 2 } }),
      ["a", "b"].map((id) => nodeOf(id, { capacity })),
    );
    world.rest();
    const kind: Kind = { type: "daemonset", perNode: 1 };
    world.workload = { ...world.workload, kind, revision: "2" };
    world.rest();
    expect(world.round().status).toMatchObject({ current: 2, desired: 2, phase: "running" });
  });

  it("of a statefulset has one instance for each name, and goes from the last to the first", () => {
    const world = worldOf({ kind: { type: "statefulset", replicas: 3 } });
    world.rest();
    const started = (): string[] =>
      world.seen.flatMap((command) => (command.type === "start" ? [command.name] : []));
    expect(started()).toEqual(["web-0", "web-1", "web-2"]);
    world.workload = { ...world.workload, revision: "2" };
    world.watch = () => {
      const here = world.state.instances.map(({ slot }) => slot);
      expect(new Set(here).size).toBe(here.length);
    };
    world.rest();
    expect(started().slice(3)).toEqual(["web-2", "web-1", "web-0"]);
  });

  it("with neither surge nor a replica to spare is refused as a conflict, and moves nothing", () => {
    const world = worldOf({ update: { surge: 0, unavailable: 1 } });
    world.rest();
    const before = world.state;
    world.workload = { ...world.workload, revision: "2", update: { surge: 0, unavailable: 0 } };
    const { status, commands } = world.round();
    expect([status.phase, commands, world.state]).toEqual(["failed", [], before]);
    expect(status.conflicts[0]).toContain("allow 1 of either");
  });

  const unfit: [string, Parameters<typeof workloadOf>[0]][] = [
    ["replicas", { kind: { type: "deployment", replicas: 1.5 } }],
    ["instances on each node", { kind: { type: "daemonset", perNode: 101 } }],
    ["updated in place", { kind: { type: "statefulset", replicas: 1 }, update: NEITHER }],
    ["surge", { update: { surge: Number.NaN, unavailable: 1 } }],
    ["startMs", { timing: { startMs: -1, unhealthyMs: 1, drainMs: 1 } }],
    ["cpuMillis", { resources: { cpuMillis: -1, memoryBytes: 0, storageBytes: 0 } }],
  ];
  for (const [named, more] of unfit) {
    it(`to what can't be reconciled is refused by name: ${named}`, () => {
      const world = worldOf(more);
      const { status, commands } = world.round();
      expect([status.phase, commands, status.conflicts.length]).toEqual(["failed", [], 1]);
      expect(status.conflicts[0]).toContain(named);
    });
  }

  it("drains before it stops, and drains each once", () => {
    const world = worldOf({});
    world.rest();
    world.workload = { ...world.workload, isStopped: true };
    world.rest();
    const verbs = world.seen.slice(3).map(({ id }) => id);
    for (const id of ["w.1", "w.2", "w.3"]) {
      expect(verbs.filter((verb) => verb.startsWith(`${id}#`))).toEqual([
        `${id}#drain`,
        `${id}#stop`,
      ]);
    }
    expect(world.round().status.phase).toBe("stopped");
  });
});

describe("a status", () => {
  it("goes from deploying to running to updating and back", () => {
    const world = worldOf({});
    const phases = [world.round().status.phase];
    world.answer();
    phases.push(world.round().status.phase);
    world.workload = { ...world.workload, revision: "2" };
    phases.push(world.round().status.phase);
    world.rest();
    phases.push(world.round().status.phase);
    expect(phases).toEqual(["deploying", "running", "updating", "running"]);
  });

  it("says why a start failed and when it is tried again, on another node where there is one", () => {
    const world = worldOf({ kind: { type: "deployment", replicas: 1 } });
    world.fate = ({ type, node }) => (type === "start" && node === "a" ? "refuse" : "obey");
    world.round();
    world.answer();
    const { status } = world.round();
    expect(status.failures).toEqual([
      { instance: "w.1", node: "a", at: world.now, reason: "No such module." },
    ]);
    expect(status.unplaced[0]).toMatchObject({
      reason: "No such module.",
      retryAt: world.now + backoffMs("w.1", 1),
    });
    world.rest();
    expect(world.state.instances).toMatchObject([{ phase: "ready", node: "b", attempt: 1 }]);
  });

  it("is failed when nothing is ready after three failures in a row, and heals by itself", () => {
    const world = worldOf({ kind: { type: "deployment", replicas: 1 } });
    world.fate = ({ type }) => (type === "start" ? "refuse" : "obey");
    for (let turn = 0; turn < 12; turn += 1) {
      world.now = Math.max(world.now, world.round().wakeAt ?? 0);
      world.answer();
    }
    expect(world.round().status.phase).toBe("failed");
    world.fate = () => "obey";
    world.rest();
    expect(world.round().status.phase).toBe("running");
  });

  it("tells for a replica without room what each rule took away", () => {
    const kind: Kind = { type: "deployment", replicas: 2 };
    const placement = {
      strategy: "edge-first",
      constraints: [{ key: "host", operator: "In", values: ["z"] }],
      preferences: [],
      region: null,
    } as const;
    const world = worldOf({ kind, placement });
    const { status } = world.round();
    expect(status.phase).toBe("pending");
    expect(status.unplaced.map(({ reason }) => reason)).toEqual([
      "0/4 nodes: 4 host In z.",
      "0/4 nodes: 4 host In z.",
    ]);
  });
});

describe("an inventory", () => {
  it("replaces what vanished, stops what nobody knows, and minds its age", () => {
    const world = worldOf({});
    world.rest();
    const [first = "", ...rest] = world.ids("ready");
    const node = world.state.instances[0]?.node ?? "";
    const instances = world.state.instances
      .filter((one) => one.node === node && one.id !== first)
      .map(({ id }) => id);
    const before = world.state;
    world.hear({ type: "inventory", node, takenAt: world.now, instances });
    expect(world.state).toBe(before);
    world.now += 1000;
    world.running.set(node, new Set([...instances, "w.77"]));
    world.hear({ type: "inventory", node, takenAt: world.now, instances: [...instances, "w.77"] });
    world.rest();
    expect(world.ids("ready")).toEqual(expect.arrayContaining(rest));
    expect(world.ids("ready").length).toBe(3);
    expect(world.alive().sort()).toEqual(world.ids("ready").sort());
  });
});

describe("a backoff", () => {
  it("lies between half and all of a second that doubles, and is the same when asked again", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (id, attempt) => {
        const whole = Math.min(300_000, 1000 * 2 ** (attempt - 1));
        const ms = backoffMs(id, attempt);
        expect(ms).toBe(backoffMs(id, attempt));
        expect(ms).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(ms).toBeLessThanOrEqual(whole);
      }),
    );
  });
});
