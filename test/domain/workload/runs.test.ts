// Jobs and cronjobs: what a run starts, counts and leaves alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconcile } from "#domain/workload/reconcile.ts";
import type { Kind, RunPolicy } from "#domain/workload/workload.ts";
import { World, nodeOf, workloadOf } from "./world.ts";

const HOUR_MS = 3_600_000;

function worldOf(kind: Kind): World {
  return new World(workloadOf({ kind }), [nodeOf("a"), nodeOf("b")]);
}

/** Everything that is ready ends, one after the other, until nothing more starts. */
function work(world: World, faultOf: () => string | null): void {
  for (let turn = 0; turn < 200; turn += 1) {
    world.rest();
    const [instance] = world.ids("ready");
    if (instance === undefined) return;
    for (const running of world.running.values()) running.delete(instance);
    world.hear({ type: "exited", instance, fault: faultOf() });
  }
  throw new Error("It never ends.");
}

function starts(world: World): number {
  return world.seen.filter(({ type }) => type === "start").length;
}

describe("a job", () => {
  const policy: fc.Arbitrary<RunPolicy> = fc.record({
    completions: fc.integer({ min: 1, max: 6 }),
    parallelism: fc.integer({ min: 1, max: 4 }),
    retries: fc.nat(4),
  });

  it("ends well after its completions or badly after its retries, and then yields nothing more", () => {
    const ends = fc.array(fc.boolean(), { minLength: 1, maxLength: 20, size: "max" });
    fc.assert(
      fc.property(policy, ends, fc.nat(10 * HOUR_MS), (run, wells, later) => {
        const world = worldOf({ type: "job", run });
        let at = 0;
        let failures = 0;
        world.watch = () => {
          const standing = world.state.instances.filter(({ phase }) => phase !== "stopping");
          expect(standing.filter(({ phase }) => phase !== "draining").length).toBeLessThanOrEqual(
            run.parallelism,
          );
        };
        work(world, () => {
          const isWell = wells[(at += 1) % wells.length] === true;
          if (!isWell) failures += 1;
          return isWell ? null : "It crashed.";
        });
        const { status, state, commands, wakeAt } = reconcile(
          world.workload,
          world,
          world.now + later,
        );
        expect(state).toBe(world.state);
        expect([commands, wakeAt, state.instances]).toEqual([[], null, []]);
        expect(status.phase).toBe(failures > run.retries ? "failed" : "completed");
        if (status.phase === "completed") {
          expect(status.runs.at(-1)?.succeeded).toBe(run.completions);
        }
      }),
    );
  });

  it("runs again when its revision changes, and not otherwise", () => {
    const world = worldOf({
      type: "job",
      run: { completions: 2, parallelism: 2, retries: 0 },
    });
    work(world, () => null);
    world.workload = { ...world.workload, labels: { team: "edge" } };
    work(world, () => null);
    expect(starts(world)).toBe(2);
    world.workload = { ...world.workload, revision: "2" };
    work(world, () => null);
    expect(starts(world)).toBe(4);
  });

  it("counts a node that is lost as no failure", () => {
    const world = worldOf({
      type: "job",
      run: { completions: 1, parallelism: 1, retries: 0 },
    });
    world.rest();
    world.change("a", { isAlive: false });
    world.rest();
    expect(world.state.instances.find(({ phase }) => phase === "ready")?.node).toBe("b");
    world.change("a", { isAlive: true });
    work(world, () => null);
    expect(world.round().status.phase).toBe("completed");
  });
});

describe("a cronjob", () => {
  const table: ["Allow" | "Forbid" | "Replace", string[]][] = [
    ["Allow", ["active", "active"]],
    ["Forbid", ["active"]],
    ["Replace", ["stopped", "active"]],
  ];
  for (const [concurrency, outcomes] of table) {
    it(`that says ${concurrency} has runs ${outcomes.join(", ")} when one falls due while another goes on`, () => {
      const world = cronWorld(concurrency);
      const first = world.round();
      expect([first.status.phase, first.commands]).toEqual(["created", []]);
      for (let turn = 0; turn < 2; turn += 1) {
        world.now = Math.ceil((world.now + 1) / HOUR_MS) * HOUR_MS;
        for (let round = 0; round < 6; round += 1) {
          world.round();
          world.answer();
        }
      }
      expect(world.state.runs.map(({ outcome }) => outcome)).toEqual(outcomes);
      expect(world.ids("ready").length).toBe(outcomes.filter((is) => is === "active").length);
    });
  }

  it("makes up for the latest occurrence alone, and for none that is too old", () => {
    const world = cronWorld("Allow");
    world.round();
    world.now = 10 * HOUR_MS + 30_000;
    world.round();
    expect(world.state.runs.map(({ id }) => id)).toEqual([new Date(10 * HOUR_MS).toISOString()]);
    world.now = 20 * HOUR_MS + 90_000;
    const { wakeAt } = world.round();
    expect(world.state.runs.length).toBe(1);
    expect(wakeAt).toBeLessThanOrEqual(21 * HOUR_MS);
  });

  it("starts nothing while it is stopped, and makes up for nothing afterwards", () => {
    const world = cronWorld("Allow");
    world.round();
    world.workload = { ...world.workload, isStopped: true };
    world.now = 5 * HOUR_MS;
    expect(world.round().status.phase).toBe("stopped");
    world.workload = { ...world.workload, isStopped: false };
    world.now += 1000;
    world.round();
    expect(world.state.runs).toEqual([]);
  });
});

function cronWorld(concurrency: "Allow" | "Forbid" | "Replace"): World {
  return worldOf({
    type: "cronjob",
    run: { completions: 1, parallelism: 1, retries: 0 },
    schedule: "0 * * * *",
    concurrency,
    startingDeadlineMs: 60_000,
  });
}
