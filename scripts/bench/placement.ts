// Placements a second over a thousand nodes, each strategy by itself, each placement a fresh question: once with the same
// rules for all, once with no two alike, so that nothing which was filtered can be used again. By the processor's time:
// what else the machine does is nobody's fault here.
import { Cluster } from "#domain/placement/cluster.ts";
import { Placer, STRATEGIES } from "#domain/placement/placement.ts";
import type { PlacementStrategy } from "#domain/placement/placement.ts";

const NODES = 1000;
const PLACEMENTS = 4000;
const GOAL_PER_SECOND = 4000;
const REGIONS = ["us-east", "us-west", "eu-central", "eu-west", "apac-east", "apac-south"];
const RESOURCES = { cpuMillis: 100, memoryBytes: 2 ** 27, storageBytes: 0 };

/** Told at the end: whether every strategy meets the goal, as an exit code. */
export async function benchPlacement(): Promise<number> {
  console.log(`${PLACEMENTS} placements over ${NODES} nodes, one constraint, one preference\n`);
  const speeds = STRATEGIES.map((strategy) => {
    const alike = perSecond(strategy, "alike");
    const unlike = perSecond(strategy, "unlike");
    const told =
      `${alike.toFixed(0)}/s alike`.padStart(16) + `${unlike.toFixed(0)}/s unlike`.padStart(16);
    console.log(`  ${strategy.padEnd(16)}${told}`);
    return Math.min(alike, unlike);
  });
  console.log(`\n  goal ${GOAL_PER_SECOND}/s, alike and unlike`);
  return Math.min(...speeds) >= GOAL_PER_SECOND ? 0 : 1;
}

function perSecond(strategy: PlacementStrategy, rules: "alike" | "unlike"): number {
  placeAll(strategy, rules, PLACEMENTS / 10);
  const before = process.cpuUsage();
  placeAll(strategy, rules, PLACEMENTS);
  return (PLACEMENTS * 1e6) / process.cpuUsage(before).user;
}

function placeAll(strategy: PlacementStrategy, rules: "alike" | "unlike", count: number): void {
  const cluster = clusterOf();
  for (let at = 0; at < count; at += 1) {
    const { node } = new Placer(cluster, {
      placement: {
        strategy,
        constraints: [
          { key: "zone", operator: "NotIn", values: ["z7", rules === "alike" ? "" : `${at}`] },
        ],
        preferences: [{ weight: 1, key: "gpu", operator: "Exists", values: [] }],
        region: "eu-west",
      },
      resources: RESOURCES,
      moduleId: "web",
      standing: new Map(),
    }).place();
    if (node === null) throw new Error("no room for a placement");
    const workload = `w${at}`;
    cluster.settle(workload, [{ instance: workload, workload, node, resources: RESOURCES }]);
  }
}

function clusterOf(): Cluster {
  const cluster = new Cluster();
  for (let at = 0; at < NODES; at += 1) {
    cluster.setNode({
      id: `node-${at}`,
      region: REGIONS[at % REGIONS.length] ?? "us-east",
      zone: `z${at % 10}`,
      capabilities: new Set(at % 3 === 0 ? ["gpu"] : []),
      labels: {},
      capacity: { cpuMillis: 4000 * (1 + (at % 4)), memoryBytes: 2 ** 34, storageBytes: 0 },
      instancesMax: 1000,
      isAlive: true,
      isOpen: true,
      p95Ms: { web: 5 + (at % 50) },
    });
  }
  return cluster;
}
