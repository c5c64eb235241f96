// A rollout's commands as whoever performs them must know them: in which order, when one is late, what becomes of one
// that can't be done, and whether a claim finds what was planned on.
import type { RegionRoute } from "#domain/route.ts";
import type { Command, Event, Rollout } from "./rollout.ts";
import { finalRoutes } from "./routing.ts";
import { planOf } from "./wave.ts";

/** An event to step with; nothing to tell; or not done, to be tried again later. */
export type Result = Event | "done" | "again";

/** So often a command is tried before it is surrendered. */
export const TRIES = 3;

/** Before each try but the first: longer each time. */
export function pauseMs(tried: number): number {
  return 250 * 2 ** tried;
}

/** Orders to one node are kept in order, and so are writes to D1; all else runs side by side. */
export function laneOf(command: Command): string {
  switch (command.type) {
    case "load":
    case "restore":
    case "check":
    case "unload":
    case "retire":
      return `node:${command.node}`;
    case "measure":
      return "measure";
    case "claim":
    case "release":
    case "route":
      return "routes";
    case "record":
    case "tell":
      return command.type;
  }
}

/** A command of an earlier turn whose outcome nobody waits for. What tidies up is never stale. */
export function isStale(rollout: Rollout, command: Command): boolean {
  switch (command.type) {
    case "load":
    case "check":
    case "route":
    case "measure":
      return command.turn !== rollout.turn;
    case "claim":
    case "release":
    case "restore":
    case "unload":
    case "retire":
    case "record":
    case "tell":
      return false;
  }
}

/** What becomes of a command that can't be done now: an outcome that says so, or another try later. */
export function surrender(command: Command, message: string): Result {
  switch (command.type) {
    case "claim":
      return { type: "claimRefused", turn: command.turn, message };
    case "load":
      return { type: "loaded", turn: command.turn, node: command.node, fault: message };
    case "check":
      return { type: "checked", turn: command.turn, node: command.node, fault: message };
    case "route":
      return { type: "routed", turn: command.turn, fault: message };
    case "measure":
      return "done";
    case "restore":
    case "unload":
    case "retire":
    case "release":
    case "record":
    case "tell":
      return "again";
  }
}

/** The plan was made, or the rollout completed, on routes that may have moved on before they were claimed. */
export function changedMeanwhile(rollout: Rollout, routes: readonly RegionRoute[]): string | null {
  const plan = planOf(rollout);
  const expected = rollout.phase.name === "withdrawing" ? finalRoutes(rollout, plan) : plan.before;
  // Where instances of workloads are is theirs to change.
  const entriesIn = (all: readonly RegionRoute[], region: string): string =>
    JSON.stringify(
      (all.find((route) => route.region === region)?.entries ?? []).map((entry) =>
        entry.isBorrowed === true ? { ...entry, nodes: [] } : entry,
      ),
    );
  const changed = expected
    .map(({ region }) => region)
    .filter((region) => entriesIn(routes, region) !== entriesIn(expected, region));
  return changed.length === 0
    ? null
    : `The routes of ${rollout.moduleName} in ${changed.join(", ")} were changed by a later deployment or a node's removal.`;
}
