// One rollout from its creation to its end, as the API tells it: every change of the deployment and every
// recorded transition goes into the log.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "#scripts/client.ts";
import type { LogRecord, RolloutRecord, Sighting, Transition, Wave } from "./log.ts";

const POLL_MS = 100;
const EVENTS_PER_PAGE = 100;
const DEPLOYMENTS = "/api/v1/wasm/deployments";
/** On a slow machine the canary's few calls take longer to prove anything: it goes on baking and doesn't pause. */
const EXTENSIONS_MAX = 20;
const ENDS: ReadonlySet<string> = new Set(["Completed", "Failed", "RolledBack"]);

export type Order = {
  readonly moduleId: string;
  readonly targetRegions: readonly string[];
  /** Percent of the canary's stages. */
  readonly stages: readonly number[];
  readonly evaluationPeriod: string;
};

/** Ends when the rollout is over and its last transition is on record; a pause would wait for a person. */
export async function rollOut(client: Client, log: LogRecord, order: Order): Promise<void> {
  const { moduleId, targetRegions, stages, evaluationPeriod } = order;
  const { deploymentId } = await client.send<{ deploymentId: string }>("POST", DEPLOYMENTS, {
    moduleId,
    strategy: "Canary",
    strategyConfig: { stages, evaluationPeriod, autoPromote: true },
    gates: { maxExtensions: EXTENSIONS_MAX },
    targetRegions,
  });
  const path = `${DEPLOYMENTS}/${deploymentId}`;
  const { waves } = await client.send<{ waves: Wave[] }>("GET", `${path}/plan`);
  const rollout: RolloutRecord = { moduleId, waves, sightings: [], transitions: [] };
  log.rollouts.push(rollout);
  await client.send("POST", `${path}/execute`);
  while (!(await isOver(client, path, rollout))) await sleep(POLL_MS);
}

async function isOver(client: Client, path: string, rollout: RolloutRecord): Promise<boolean> {
  const [sighting, { events, total }] = await Promise.all([
    client.send<Sighting>("GET", path),
    client.send<{ events: Transition[]; total: number }>(
      "GET",
      `${path}/events?limit=${EVENTS_PER_PAGE}&offset=${rollout.transitions.length}`,
    ),
  ]);
  rollout.transitions.push(...events);
  const { status, currentStage, previousModuleId, errorMessage, completedAt } = sighting;
  const seen = { status, currentStage, previousModuleId, errorMessage, completedAt };
  if (JSON.stringify(seen) !== JSON.stringify(rollout.sightings.at(-1))) {
    rollout.sightings.push(seen);
  }
  if (status === "Paused") {
    throw new Error(`The rollout of ${rollout.moduleId} paused: ${errorMessage ?? "no reason"}`);
  }
  const isRecorded = rollout.transitions.length === total && isTerminal(rollout.transitions.at(-1));
  return ENDS.has(status) && isRecorded;
}

function isTerminal(transition: Transition | undefined): boolean {
  return ["completed", "failed", "rolledBack"].includes(transition?.to ?? "");
}
