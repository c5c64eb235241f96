// How a deployed model stands, from how its workloads stand: per component, per trait, and in all. Pure.
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { rolloutUnderWay, takenBack } from "#domain/workload/rollout.ts";
import type { Planned } from "./component.ts";

/** What stands first decides for all: a model is as its worst part. */
const PRECEDENCE = [
  "failed",
  "undeployed",
  "waiting",
  "reconciling",
  "unhealthy",
  "deployed",
] as const;

type Standing = { readonly type: (typeof PRECEDENCE)[number]; readonly message: string };

export type ComponentStatus = Pick<Planned, "name" | "type" | "id"> & {
  readonly status: Standing;
  readonly traits: readonly {
    readonly name: string;
    readonly type: Planned["traits"][number]["type"];
    readonly status: Standing;
  }[];
};

export type ModelStatus = {
  readonly status: Standing;
  readonly components: readonly ComponentStatus[];
};

export const UNDEPLOYED: ModelStatus = {
  status: { type: "undeployed", message: "No version is deployed." },
  components: [],
};

type Stands = Pick<WorkloadRecord, "workload" | "status">;

type Given = {
  /** The model's workloads, by name. */
  readonly workloads: ReadonlyMap<string, Stands>;
  /** By component: why its workload could not be written. Null before that was tried. */
  readonly faults: Readonly<Record<string, string>> | null;
  /** By deployment: why it waits for a person. */
  readonly paused?: ReadonlyMap<string, string>;
};

export function modelStatus(planned: readonly Planned[], given: Given): ModelStatus {
  const components = planned.map((component): ComponentStatus => {
    const { name, type, id } = component;
    const fault = component.faults.join(" ") || given.faults?.[name];
    const own = fault === undefined ? ownStanding(component, given) : failed(fault);
    const traits = component.traits.map((trait) => ({
      name: trait.name,
      type: trait.type,
      status: trait.fault === null ? own : failed(trait.fault),
    }));
    const status = aggregate([own, ...traits.map((trait) => trait.status)]);
    return { name, type, id, status, traits };
  });
  return { status: aggregate(components.map(({ status }) => status)), components };
}

/** The worst, with the messages of all that are as bad. */
function aggregate(standings: readonly Standing[]): Standing {
  const type =
    PRECEDENCE.find((one) => standings.some((standing) => standing.type === one)) ?? "deployed";
  const messages = standings
    .filter((standing) => standing.type === type)
    .map(({ message }) => message);
  return { type, message: [...new Set(messages)].filter((told) => told !== "").join(" ") };
}

function ownStanding(
  { id, isProvided }: Planned,
  { workloads, paused = new Map<string, string>() }: Given,
): Standing {
  return isProvided
    ? { type: "deployed", message: "" }
    : workloadStanding(workloads.get(id), paused);
}

function workloadStanding(
  record: Stands | undefined,
  paused: ReadonlyMap<string, string>,
): Standing {
  if (record === undefined) return { type: "waiting", message: "Its workload is not there yet." };
  const { workload, status } = record;
  const underWay = rolloutUnderWay(workload);
  if (underWay !== null) {
    const isSame = underWay.to?.moduleId === workload.moduleId;
    const what = isSame ? `${underWay.moduleId} in another configuration` : underWay.moduleId;
    const why = paused.get(underWay.deployment);
    const message = `Deployment ${underWay.deployment} ${why === undefined ? `brings ${what}.` : `of ${what} is paused: ${why}`}`;
    return { type: "reconciling", message };
  }
  const fault = takenBack(workload);
  if (fault !== null) return failed(fault);
  const { counts, desired, current, unplaced } = status;
  const [lack] = unplaced;
  if (workload.isStopped) return { type: "undeployed", message: "Its workload is stopped." };
  if (workload.kind.type === "daemonset" && workload.kind.perNode > 0 && desired === 0) {
    return withoutNodes(workload.spread);
  }
  const progress = `${current} of ${desired} instances are ready`;
  switch (status.phase) {
    case "failed":
      return failed(
        status.conflicts.join(" ") || (status.failures.at(-1)?.reason ?? lack?.reason ?? progress),
      );
    case "pending":
      return lack === undefined
        ? { type: "reconciling", message: `${progress}.` }
        : { type: "waiting", message: `${progress}: ${lack.reason}` };
    case "running":
      return { type: "deployed", message: "" };
    case "created":
      return desired === 0
        ? { type: "deployed", message: "No instances are wanted." }
        : { type: "reconciling", message: `${progress}.` };
    case "deploying":
    case "updating":
    case "completed":
    case "stopped": {
      if (counts.unhealthy > 0 && current + counts.unhealthy >= desired) {
        return { type: "unhealthy", message: `${progress}, ${counts.unhealthy} unhealthy.` };
      }
      const why = lack === undefined ? "." : `: ${lack.reason}`;
      return { type: "reconciling", message: `${progress}${why}` };
    }
  }
}

function withoutNodes(spread: Stands["workload"]["spread"]): Standing {
  if (spread.length === 0) {
    return { type: "waiting", message: "There is no node that is alive." };
  }
  const names = spread.map(({ name }) => name).join(", ");
  return failed(`Could not satisfy spread ${names}: no node that is alive has its labels.`);
}

function failed(message: string): Standing {
  return { type: "failed", message };
}
