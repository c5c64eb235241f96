// The way of one wave when all goes well: load, check, route, bake, confirm, judge, next.
import { retentionMs } from "#domain/strategy/strategy.ts";
import type { Wave } from "#domain/strategy/wave.ts";
import type { Bake, Command, Plan, Rollout, Step } from "./rollout.ts";
import {
  CHECK_AGAIN_MS,
  JUDGE_MS,
  LOAD_MS,
  PAUSE_MS,
  ROUTE_MS,
  ROUTE_REFRESH_MS,
} from "./rollout.ts";
import { finalRoutes, measuredNodes, replaced, routesFor, stableVersions } from "./routing.ts";
import { end, enter } from "./transition.ts";
import type { Because } from "./transition.ts";

/** How often a bake is measured: ten times, but no more than twice a second and no less than every 15 s. */
const MEASURE_MS_MIN = 500;
const MEASURE_MS_MAX = 15_000;

export function planOf(rollout: Rollout): Plan {
  return rollout.plan ?? { waves: [], targets: [], before: [], previous: null };
}

export function waveAt(rollout: Rollout, index: number): Wave {
  const wave = planOf(rollout).waves[index];
  return (
    wave ?? {
      label: "none",
      progress: 100,
      nodes: [],
      shares: {},
      bakeMs: 0,
      gates: [],
      failureScope: "rollout",
    }
  );
}

export function startWave(rollout: Rollout, index: number, because: Because): Step {
  const wave = waveAt(rollout, index);
  const missing = wave.nodes.filter((node) => !rollout.held.includes(node));
  const failed = rollout.failed.filter((node) => !wave.nodes.includes(node));
  const fresh = { ...rollout, failed, verdicts: [] };
  if (missing.length === 0) return startChecks(fresh, { index, purpose: "admit" }, because);
  return enter(fresh, because, {
    phase: { name: "loading", wave: index, waiting: missing, deadline: because.now + LOAD_MS },
    commands: (turn) =>
      missing.map((node) => ({ type: "load", turn, node, moduleId: rollout.candidate })),
  });
}

/** All nodes of the wave answer the health function: before they get traffic, and once more after the bake. */
export function startChecks(
  rollout: Rollout,
  check: { index: number; purpose: "admit" | "confirm"; bake?: Bake },
  because: Because,
): Step {
  const { index, purpose } = check;
  const wave = waveAt(rollout, index);
  const bake = check.bake ?? null;
  if (!rollout.health.enabled) {
    return bake === null
      ? route(rollout, index, because)
      : startJudging(rollout, { index, bake }, because);
  }
  const { timeoutMs, successThreshold, failureThreshold } = rollout.health;
  const tries = successThreshold + failureThreshold;
  return enter(rollout, because, {
    phase: {
      name: "checking",
      purpose,
      wave: index,
      waiting: wave.nodes,
      tally: {},
      bake,
      deadline: because.now + tries * (timeoutMs + CHECK_AGAIN_MS) + LOAD_MS,
    },
    commands: (turn) => wave.nodes.map((node) => ({ type: "check", turn, node, delayMs: 0 })),
  });
}

/** Shifts the wave's traffic. */
export function route(rollout: Rollout, index: number, because: Because): Step {
  const wave = waveAt(rollout, index);
  const plan = planOf(rollout);
  const held = [...new Set([...rollout.held, ...wave.nodes])];
  const shares = { ...rollout.shares, ...wave.shares };
  return enter(rollout, because, {
    phase: { name: "routing", wave: index, deadline: because.now + ROUTE_MS },
    with: { held, shares },
    commands: (turn) => [
      { type: "route", turn, routes: routesFor(rollout, plan, { held, shares }) },
    ],
  });
}

export function startBaking(rollout: Rollout, index: number, because: Because): Step {
  const wave = waveAt(rollout, index);
  const live = { ...rollout, live: index };
  if (wave.bakeMs === 0)
    return passWave(live, index, { ...because, reason: `${wave.label}: no bake is asked for.` });
  const bake: Bake = { until: because.now + wave.bakeMs, mark: null, extensions: 0 };
  return bakeOn(live, { index, bake }, because);
}

/** Goes on baking, with a reading at once: the first one is the mark that the window counts from. */
export function bakeOn(
  rollout: Rollout,
  on: { index: number; bake: Bake },
  because: Because,
): Step {
  const { index, bake } = on;
  return enter(rollout, because, {
    phase: {
      name: "baking",
      wave: index,
      bake,
      measureAt: because.now + measurePeriodMs(rollout, index),
      deadline: bake.until + JUDGE_MS,
    },
    commands: (turn) => [measure(rollout, turn)],
  });
}

export function startJudging(
  rollout: Rollout,
  on: { index: number; bake: Bake },
  because: Because,
): Step {
  return enter(rollout, because, {
    phase: { name: "judging", wave: on.index, bake: on.bake, deadline: because.now + JUDGE_MS },
    commands: (turn) => [measure(rollout, turn)],
  });
}

export function passWave(rollout: Rollout, index: number, because: Because): Step {
  return nextWave(credited(rollout, index), index, because);
}

/** The wave's nodes count as succeeded. */
export function credited(rollout: Rollout, index: number): Rollout {
  const succeeded = [...new Set([...rollout.succeeded, ...waveAt(rollout, index).nodes])];
  return { ...rollout, succeeded };
}

/** The wave after this one; a person's word first where the strategy asks for it; the end after the last. */
export function nextWave(rollout: Rollout, index: number, because: Because): Step {
  const waits = !rollout.autoPromote && waveAt(rollout, index).bakeMs > 0;
  if (waits && !isLast(rollout, index)) {
    return enter(rollout, because, {
      phase: { name: "paused", wave: index, cause: "promotion", deadline: because.now + PAUSE_MS },
    });
  }
  return advance(rollout, index, because);
}

/** On with the wave after this one, without asking anybody. */
export function advance(rollout: Rollout, index: number, because: Because): Step {
  return isLast(rollout, index) ? finish(rollout, because) : startWave(rollout, index + 1, because);
}

function isLast(rollout: Rollout, index: number): boolean {
  return index + 1 >= planOf(rollout).waves.length;
}

export function finish(rollout: Rollout, because: Because): Step {
  if (rollout.held.length === 0) {
    return end(
      rollout,
      { ...because, reason: "No region took the new version." },
      { name: "failed" },
    );
  }
  return enter(rollout, because, {
    phase: { name: "finishing", deadline: because.now + ROUTE_MS },
    commands: (turn) => [{ type: "route", turn, routes: finalRoutes(rollout, planOf(rollout)) }],
  });
}

/** The last route stands: what was replaced may go once no isolate routes to it, or after its retention. */
export function complete(rollout: Rollout, because: Because): Step {
  const graceMs = Math.max(2 * ROUTE_REFRESH_MS, retentionMs(rollout.strategy));
  const commands: Command[] = replaced(rollout, planOf(rollout)).map(({ node, moduleId }) => ({
    type: "retire",
    turn: rollout.turn,
    node,
    moduleId,
    graceMs,
  }));
  return end(rollout, because, { name: "completed", commands });
}

export function measure(rollout: Rollout, turn: number): Command {
  const plan = planOf(rollout);
  return {
    type: "measure",
    turn,
    nodes: measuredNodes(plan),
    stable: stableVersions(rollout, plan),
  };
}

export function measurePeriodMs(rollout: Rollout, index: number): number {
  const tenth = waveAt(rollout, index).bakeMs / 10;
  return Math.min(MEASURE_MS_MAX, Math.max(MEASURE_MS_MIN, tenth));
}
