// What must hold, judged purely: facts in, one sentence out for each thing that doesn't.
import type { Report } from "./lane.ts";
import type { StoredRoute } from "./storage.ts";

export type Event = {
  readonly sequence: number;
  readonly actor: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly evidence: readonly { readonly gate: string; readonly reason: string }[];
};

/** A module, and the version that should be all there is of it; null when none was ever deployed. */
export type Served = { readonly moduleName: string; readonly moduleId: string | null };

const LAST_PHASE: Readonly<Record<string, string>> = {
  Completed: "completed",
  RolledBack: "rolledBack",
  Failed: "failed",
};

/** At any moment: a region that has a route has all of its weight. */
export function weightFaults(routes: readonly StoredRoute[]): string[] {
  return routes.flatMap(({ moduleName, region, entries }) => {
    const sum = entries.reduce((total, entry) => total + entry.weight, 0);
    return entries.length === 0 || sum === 100
      ? []
      : [`Weights of ${moduleName} in ${region} sum to ${sum}: ${JSON.stringify(entries)}`];
  });
}

export function endFaults(report: Report, events: readonly Event[]): string[] {
  const { deploymentId, scenario, right, status } = report;
  if (right.includes(status)) return [];
  if (scenario.kind === "bad" && status === "Completed" && isUnseen(events)) return [];
  return [
    `${deploymentId} (${scenario.kind}) ended ${status}, and should be ${right.join(" or ")}.`,
  ];
}

/** While everything was down nobody called: what no call has shown, no gate can see. */
function isUnseen(events: readonly Event[]): boolean {
  const passed = events.filter(({ reason }) => reason.endsWith("every gate passed"));
  return passed.every(({ evidence }) =>
    evidence.some(
      ({ gate, reason }) => gate === "errorRate" && reason.startsWith("No version was called"),
    ),
  );
}

/** The history is whole: numbered without a gap, each transition from where the one before led, to the true end. */
export function historyFaults(report: Report, events: readonly Event[]): string[] {
  const { deploymentId, acknowledged, status } = report;
  const numbers = events.map((event) => event.sequence);
  const gapless = numbers.every((number, index) => number === index);
  const broken = events.filter((event, index) => {
    const before = events[index - 1]?.to ?? "none";
    return event.from !== before;
  });
  const missing = acknowledged.filter((reason) => !events.some((event) => event.reason === reason));
  const last = events.at(-1)?.to;
  return [
    ...(gapless ? [] : [`The events of ${deploymentId} are numbered ${numbers.join(",")}.`]),
    ...broken.map(
      ({ sequence, from }) =>
        `Event ${sequence} of ${deploymentId} leads from ${from}, where the one before did not lead.`,
    ),
    ...missing.map((reason) => `${deploymentId} has no event "${reason}", which was acknowledged.`),
    ...(last === LAST_PHASE[status]
      ? []
      : [`${deploymentId} is ${status}, and its last event leads to ${last}.`]),
  ];
}

/** At rest: one version has everything, on every node, and nobody holds a claim. */
export function routeFaults(
  routes: readonly StoredRoute[],
  { moduleName, moduleId }: Served,
  nodes: ReadonlyMap<string, readonly string[]>,
): string[] {
  const found = new Map(
    routes.filter((route) => route.moduleName === moduleName).map((route) => [route.region, route]),
  );
  if (moduleId === null) return found.size === 0 ? [] : [`${moduleName} has routes.`];
  return [...nodes].flatMap(([region, ids]) => {
    const route = found.get(region);
    const [entry, ...others] = route?.entries ?? [];
    const right = entry?.moduleId === moduleId && others.length === 0 && sameSet(entry.nodes, ids);
    return [
      ...(right
        ? []
        : [
            `${moduleName} in ${region} should be ${moduleId} on ${ids.join(", ")}, and is ${JSON.stringify(route?.entries)}`,
          ]),
      ...(route === undefined || route.holder === null
        ? []
        : [`${moduleName} in ${region} is still claimed by ${route.holder}.`]),
    ];
  });
}

/** At rest: a node holds what is routed to it and nothing else. */
export function assignmentFaults(
  node: string,
  held: readonly string[],
  routed: readonly string[],
): string[] {
  const missing = routed.filter((id) => !held.includes(id));
  const left = held.filter((id) => !routed.includes(id));
  return [
    ...missing.map((id) => `${node} does not hold ${id}, which is routed to it.`),
    ...left.map((id) => `${node} holds ${id}, which no route leads to.`),
  ];
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((item) => others.includes(item));
}
