// A registered node as placement sees it. What a node doesn't say of its resources doesn't limit what comes to it.
import type { EdgeNode } from "#domain/node.ts";
import { parseMilli, parseWhole } from "#domain/quantity.ts";
import { lacksOf } from "./need.ts";
import { UNLIMITED } from "./node.ts";
import type { PlacementNode } from "./node.ts";

const INSTANCES_MAX = 1000;

/** Alive is a node that calls are sent to but for a maintenance, which it leaves one by one. */
export function placementNode(node: EdgeNode): PlacementNode {
  const { id, region, zone, labels, resources } = node;
  return {
    id,
    region,
    zone,
    labels,
    capabilities: new Set(node.capabilities),
    capacity: {
      cpuMillis: parseMilli(resources["cpu"] ?? "") ?? UNLIMITED,
      memoryBytes: parseWhole(resources["memory"] ?? "") ?? UNLIMITED,
      storageBytes: parseWhole(resources["storage"] ?? "") ?? UNLIMITED,
    },
    instancesMax: INSTANCES_MAX,
    isAlive: node.condition === "active",
    isOpen: node.isEnabled,
    lacks: lacksOf(node),
    p95Ms: {},
  };
}
