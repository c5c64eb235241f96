// Spreads that can't be counted: told in the round in which they are seen, and never worked on for ever.
import { describe, expect, it } from "vitest";
import { reconcile } from "#domain/workload/reconcile.ts";
import { World, nodeOf, workloadOf } from "./world.ts";

const rule = (name: string, requirements: Record<string, string>) => ({
  name,
  weight: 100,
  requirements,
});

describe("spreads", () => {
  it.each([
    ["nobody satisfies", [rule("there", { zone: "z" })], "Could not satisfy spread there"],
    [
      "overlap on every node",
      [rule("all", {}), rule("too", {})],
      "Spread requirement conflict: every node of all",
    ],
  ])("that %s are failed with a reason within one round, and come to rest", (_, spread, told) => {
    const world = new World(workloadOf({ spread }), [nodeOf("a"), nodeOf("b")]);
    const { status, commands } = reconcile(world.workload, world, world.now);
    expect(status.phase).toBe("failed");
    expect(status.conflicts[0]).toContain(told);
    expect(commands).toEqual([]);
    world.rest();
    expect(world.alive()).toEqual([]);
  });

  it("give each node that they name exactly its own count", () => {
    const spread = [
      { name: "a", weight: 3, requirements: { node: "a" } },
      { name: "b", weight: 1, requirements: { node: "b" } },
    ];
    const kind = { type: "deployment", replicas: 4 } as const;
    const world = new World(workloadOf({ spread, kind }), [nodeOf("a"), nodeOf("b"), nodeOf("c")]);
    world.rest();
    const nodes = world.state.instances.map(({ node }) => node ?? "none");
    expect(nodes.toSorted()).toEqual(["a", "a", "a", "b"]);
  });
});
