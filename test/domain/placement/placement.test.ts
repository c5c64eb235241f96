// Quantities, spreads and the five strategies on one fixture.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cluster } from "#domain/placement/cluster.ts";
import { satisfies } from "#domain/placement/constraint.ts";
import { lacksOf } from "#domain/placement/need.ts";
import type { PlacementNode } from "#domain/placement/node.ts";
import { Placer, STRATEGIES } from "#domain/placement/placement.ts";
import type { Demand } from "#domain/placement/placement.ts";
import { spreadOver } from "#domain/placement/spread.ts";
import { parseMilli, parseWhole } from "#domain/quantity.ts";
import { latestOccurrence, nextOccurrence, scheduleFault } from "#domain/schedule.ts";

const GIB = 2 ** 30;

function nodeOf(id: string, more: Partial<PlacementNode> = {}): PlacementNode {
  return {
    id,
    region: "us-east",
    zone: null,
    capabilities: new Set(),
    labels: {},
    capacity: { cpuMillis: 4000, memoryBytes: 8 * GIB, storageBytes: 0 },
    instancesMax: 100,
    isAlive: true,
    isOpen: true,
    p95Ms: {},
    ...more,
  };
}

const RESOURCES = { cpuMillis: 500, memoryBytes: GIB, storageBytes: 0 };

function demandOf(more: Partial<Demand["placement"]> = {}): Demand {
  return {
    placement: { strategy: "edge-first", constraints: [], preferences: [], region: null, ...more },
    resources: RESOURCES,
    moduleId: "web",
    standing: new Map(),
  };
}

describe("a quantity", () => {
  const table: [string, number | null, number | null][] = [
    ["100m", 100, 1],
    ["4", 4000, 4],
    ["0.5", 500, 1],
    ["128Mi", 134_217_728_000, 134_217_728],
    ["8Gi", 8_589_934_592_000, 8_589_934_592],
    ["1e3", 1_000_000, 1000],
    ["1k", 1_000_000, 1000],
    ["1n", 1, 1],
    [".5", 500, 1],
    ["-1", null, null],
    ["1K", null, null],
    ["", null, null],
    ["8Ei", null, null],
    ["1 Gi", null, null],
  ];
  for (const [text, milli, whole] of table) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect([parseMilli(text), parseWhole(text)]).toEqual([milli, whole]);
    });
  }

  it("is the same number however it is written", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (n) => {
        expect(parseMilli(`${n}m`)).toBe(n);
        expect(parseWhole(`${n}k`)).toBe(n * 1000);
        expect(parseWhole(`${n}e3`)).toBe(n * 1000);
        expect(parseWhole(`${n}Ki`)).toBe(n * 1024);
      }),
    );
  });
});

describe("a schedule", () => {
  const at = (text: string): number => Date.parse(text);
  it("is five fields in UTC", () => {
    expect(scheduleFault("*/5 * * * *")).toBeNull();
    expect(scheduleFault("* * * * * *")).toContain("five fields");
    expect(scheduleFault("0 0 31 2 *")).toContain("never comes");
    expect(nextOccurrence("0 3 * * 1", at("2026-11-24T00:00:00Z"))).toBe(
      at("2026-11-30T03:00:00Z"),
    );
  });
  it("tells the latest occurrence in a window that is open at its start", () => {
    const due = at("2026-11-24T00:05:00Z");
    expect(latestOccurrence("*/5 * * * *", due - 1, due)).toBe(due);
    expect(latestOccurrence("*/5 * * * *", due, due + 1000)).toBeNull();
    expect(latestOccurrence("*/5 * * * *", 0, due + 299_000)).toBe(due);
  });
});

describe("a spread", () => {
  const nodes = ["a", "b", "c", "d"].map((id) => nodeOf(id, { labels: { group: id } }));
  const table: [number, number[], number[]][] = [
    [7, [30, 40], [3, 4]],
    [103, [42, 3, 37, 384], [10, 0, 8, 85]],
    [103, [42, 3, 37], [53, 3, 47]],
    [10, [100, 100], [5, 5]],
  ];
  for (const [instances, weights, counts] of table) {
    it(`divides ${instances} at ${weights.join(", ")}`, () => {
      const rules = weights.map((weight, at) => ({
        name: `${at}`,
        weight,
        requirements: { group: nodes[at]?.id ?? "" },
      }));
      const spread = spreadOver(instances, rules, nodes);
      expect([spread.counts, spread.faults]).toEqual([counts, []]);
    });
  }

  it("reports an overlap and a missing group by name", () => {
    const all = { name: "all", weight: 1, requirements: {} };
    const none = { name: "none", weight: 1, requirements: { group: "z" } };
    expect(spreadOver(4, [all, { ...all, name: "too" }], nodes).faults).toEqual([
      "Spread requirement conflict: every node of all belongs to another spread too.",
      "Spread requirement conflict: every node of too belongs to another spread too.",
    ]);
    expect(spreadOver(4, [none], nodes).faults[0]).toContain("Could not satisfy spread none");
  });
});

describe("a placement", () => {
  it("differs by its strategy on one fixture of 12 nodes", () => {
    const sizes = [4, 8, 16, 2];
    const regions = ["eu-west", "us-east", "apac-east"];
    const cluster = new Cluster();
    for (const [at, region] of regions.entries()) {
      for (const [slot, cores] of sizes.entries()) {
        cluster.setNode(
          nodeOf(`${region}-${slot}`, {
            region,
            capacity: { cpuMillis: cores * 1000, memoryBytes: cores * 2 * GIB, storageBytes: 0 },
            p95Ms: at === 1 && slot === 1 ? { web: 5 } : { web: 20 + slot },
          }),
        );
      }
    }
    const holdOn = (node: string, count: number): void =>
      cluster.settle(
        `filler-${node}`,
        Array.from({ length: count }, (_, n) => ({
          instance: `${node}/${n}`,
          workload: `filler-${node}`,
          node,
          resources: { ...RESOURCES, cpuMillis: 100, memoryBytes: 1 },
        })),
      );
    for (const id of cluster.nodes.keys())
      if (id !== "apac-east-0") holdOn(id, id === "eu-west-0" ? 2 : 3);
    const chosen = STRATEGIES.map((strategy) => [
      strategy,
      new Placer(cluster, demandOf({ strategy, region: "eu-west" })).place().node,
    ]);
    expect(Object.fromEntries(chosen)).toEqual({
      "edge-first": "eu-west-0",
      "cloud-first": "apac-east-2",
      "load-balance": "apac-east-0",
      "latency-aware": "us-east-1",
      "resource-aware": "apac-east-3",
    });
  });

  it("tells for each rule how many nodes it took away", () => {
    const cluster = new Cluster();
    for (const id of ["a", "b"]) cluster.setNode(nodeOf(id, { region: "eu-west" }));
    cluster.setNode(nodeOf("c", { capacity: { ...RESOURCES, cpuMillis: 100 } }));
    cluster.setNode(nodeOf("d", { isAlive: false }));
    const constraints = [{ key: "region", operator: "In", values: ["us-east"] }] as const;
    expect(new Placer(cluster, demandOf({ constraints })).place()).toMatchObject({
      node: null,
      reason: "0/4 nodes: 2 region In us-east, 1 not alive, 1 insufficient cpu.",
    });
  });

  it("counts nodes that lack what the workload needs as taken away by a rule of their own", () => {
    const cluster = new Cluster();
    const agents = lacksOf({ isAgent: true });
    for (const id of ["a", "b"]) cluster.setNode(nodeOf(id, { lacks: agents }));
    cluster.setNode(nodeOf("c", { isOpen: false }));
    const place = (needs: Demand["needs"]) => new Placer(cluster, { ...demandOf(), needs }).place();
    expect(place([]).node).toBe("a");
    expect(place(["http"])).toMatchObject({
      node: null,
      reason: "0/3 nodes: 2 without HTTP handlers, 1 closed for new instances.",
      rejected: [
        { rule: "without HTTP handlers", nodes: 2 },
        { rule: "closed for new instances", nodes: 1 },
      ],
    });
    cluster.setNode(nodeOf("d", { lacks: lacksOf({ isAgent: false }) }));
    expect(place(["http", "network"]).node).toBe("d");
  });

  it("never breaks a constraint and never overcommits", () => {
    const node = fc.record({
      region: fc.constantFrom("us-east", "eu-west"),
      cpuMillis: fc.nat(3000),
      instancesMax: fc.nat(5),
      labels: fc.constantFrom<Record<string, string>>({}, { tier: "1" }, { tier: "9" }),
    });
    const constraint = fc.constantFrom(
      { key: "region", operator: "In", values: ["us-east"] } as const,
      { key: "region", operator: "NotIn", values: ["us-east"] } as const,
      { key: "tier", operator: "Gt", values: ["3"] } as const,
      { key: "tier", operator: "Lt", values: ["3"] } as const,
      { key: "tier", operator: "Exists", values: [] } as const,
      { key: "tier", operator: "DoesNotExist", values: [] } as const,
    );
    fc.assert(
      fc.property(
        fc.array(node, { minLength: 1, maxLength: 12, size: "max" }),
        fc.array(constraint, { maxLength: 2 }),
        fc.constantFrom(...STRATEGIES),
        (nodes, constraints, strategy) => {
          const cluster = new Cluster();
          for (const [at, { cpuMillis, ...more }] of nodes.entries()) {
            const capacity = { cpuMillis, memoryBytes: 4 * GIB, storageBytes: 0 };
            cluster.setNode(nodeOf(`${at}`, { ...more, capacity }));
          }
          const placer = new Placer(cluster, demandOf({ strategy, constraints }));
          const counts = new Map<string, number>();
          for (let round = 0; round < 80; round += 1) {
            const { node: id } = placer.place();
            if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
          }
          for (const [id, count] of counts) {
            const of = cluster.nodes.get(id);
            if (of === undefined) throw new Error(`${id} is no node`);
            expect(constraints.every((rule) => satisfies(of, rule))).toBe(true);
            expect(count).toBeLessThanOrEqual(of.instancesMax);
            expect(count * RESOURCES.cpuMillis).toBeLessThanOrEqual(of.capacity.cpuMillis);
            expect(count * RESOURCES.memoryBytes).toBeLessThanOrEqual(of.capacity.memoryBytes);
          }
        },
      ),
    );
  });
});
