// Stages of a rollout as the log shows them: when each one's traffic was live, and the share that the candidate
// really had of the calls sent meanwhile.
import type { Call, Rollout, Transition, Wave } from "./log.ts";

/** After a change of route, until every isolate routes by it. */
export const ROUTE_REFRESH_MS = 1_000;

export type Stage = {
  readonly wave: Wave;
  /** When its traffic had been shifted. */
  readonly liveAt: number;
  /** The next change of route; null while there is none. */
  readonly endedBy: Transition | null;
};

export type Measured = {
  readonly calls: number;
  readonly candidate: number;
  readonly sharePercent: number;
  /** What the wave asked for. */
  readonly expectedPercent: number;
  /** Calls that the candidate answered in regions that the wave does not name. */
  readonly strays: number;
};

/** From one refresh after its traffic was shifted until the route changes again; Infinity while it hasn't. */
export function measuredSpan(stage: Stage): { from: number; until: number } {
  const until = stage.endedBy === null ? Number.POSITIVE_INFINITY : at(stage.endedBy);
  return { from: stage.liveAt + ROUTE_REFRESH_MS, until };
}

export function stagesOf(rollout: Rollout): Stage[] {
  const stages: Stage[] = [];
  for (const [index, transition] of rollout.transitions.entries()) {
    const wave = rollout.waves[stages.length];
    if (transition.from !== "routing" || transition.to !== "baking" || wave === undefined) continue;
    const endedBy = rollout.transitions.slice(index + 1).find(changesRoute) ?? null;
    stages.push({ wave, liveAt: at(transition), endedBy });
  }
  return stages;
}

/** Over the calls that were sent while the stage's route was the only one in use. */
export function measureStage(stage: Stage, candidate: string, calls: readonly Call[]): Measured {
  const { sharePercentByRegion } = stage.wave;
  const { from, until } = measuredSpan(stage);
  const during = calls.filter(({ sentAt }) => sentAt >= from && sentAt < until);
  const reached = during.filter(({ region }) => sharePercentByRegion[region] !== undefined);
  const own = (call: Call): boolean => call.moduleId === candidate;
  const inReach = reached.filter(own).length;
  return {
    calls: reached.length,
    candidate: inReach,
    sharePercent: reached.length === 0 ? 0 : (100 * inReach) / reached.length,
    expectedPercent: expectedPercent(stage.wave, reached),
    strays: during.filter(own).length - inReach,
  };
}

/** When a transition was recorded, in ms. */
export function at({ timestamp }: Transition): number {
  return Date.parse(timestamp);
}

/** The mean of the regions' shares, weighed by the calls that each region had. */
function expectedPercent(wave: Wave, calls: readonly Call[]): number {
  const shares = Object.values(wave.sharePercentByRegion);
  if (calls.length === 0) return Math.max(0, ...shares);
  const sum = calls.reduce(
    (total, { region }) => total + (wave.sharePercentByRegion[region] ?? 0),
    0,
  );
  return sum / calls.length;
}

function changesRoute({ to }: Transition): boolean {
  return to === "routing" || to === "finishing" || to === "withdrawing (routing)";
}
