// One deployment's state, the events that move it and the commands that follow. All of it is data.
import type { Counters } from "#domain/counters.ts";
import type { RegionRoute } from "#domain/route.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Target, Wave } from "#domain/strategy/wave.ts";
import type { GatePolicy, HealthPolicy } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

export type Plan = {
  readonly waves: readonly Wave[];
  readonly targets: readonly Target[];
  /** The routes of the target's regions as they stood before: what a rollback restores. */
  readonly before: readonly RegionRoute[];
  readonly previous: string | null;
};

/** A window of measuring: counters at its start (null until they are read). */
export type Mark = { readonly candidate: Counters; readonly stable: Counters };

export type Phase =
  | { readonly name: "pending"; readonly deadline: number }
  | { readonly name: "claiming"; readonly deadline: number }
  | {
      readonly name: "loading";
      readonly wave: number;
      readonly waiting: readonly string[];
      readonly deadline: number;
    }
  | {
      /** Before traffic (`admit`) and once more after the bake (`confirm`). */
      readonly name: "checking";
      readonly purpose: "admit" | "confirm";
      readonly wave: number;
      readonly waiting: readonly string[];
      readonly tally: Readonly<Record<string, { passes: number; failures: number }>>;
      readonly bake: Bake | null;
      readonly deadline: number;
    }
  | { readonly name: "routing"; readonly wave: number; readonly deadline: number }
  | {
      readonly name: "baking";
      readonly wave: number;
      readonly bake: Bake;
      readonly measureAt: number;
      readonly deadline: number;
    }
  | {
      readonly name: "judging";
      readonly wave: number;
      readonly bake: Bake;
      readonly deadline: number;
    }
  | {
      readonly name: "paused";
      readonly wave: number;
      /** What `resume` or `promote` leads to. */
      readonly cause: "asked" | "promotion" | "inconclusive" | "failure";
      readonly deadline: number;
    }
  | { readonly name: "finishing"; readonly deadline: number }
  | {
      readonly name: "withdrawing";
      readonly step: "claiming" | "loading" | "routing" | "unloading";
      readonly scope: "rollout" | "wave";
      readonly wave: number;
      readonly waiting: readonly string[];
      readonly outcome: "rolledBack" | "failed" | "paused" | "next";
      readonly deadline: number;
    }
  | { readonly name: "completed" | "failed" | "rolledBack"; readonly at: number };

export type Bake = {
  readonly until: number;
  readonly mark: Mark | null;
  readonly extensions: number;
};

export type Rollout = {
  readonly id: string;
  readonly moduleName: string;
  readonly candidate: string;
  readonly memoryLimitBytes: number;
  readonly strategy: Strategy;
  readonly health: HealthPolicy;
  readonly gates: GatePolicy;
  readonly autoPromote: boolean;
  readonly autoRollback: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly approvedAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly plan: Plan | null;
  readonly phase: Phase;
  /** Grows with every phase that is entered: an outcome of an earlier turn is late and changes nothing. */
  readonly turn: number;
  /** Numbers the recorded transitions. */
  readonly recorded: number;
  /** The candidate's share of each region as it is routed now, and the nodes that hold it. */
  readonly shares: Readonly<Record<string, number>>;
  readonly held: readonly string[];
  /** The wave whose traffic is live; -1 before the first. */
  readonly live: number;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly message: string | null;
  readonly verdicts: readonly Verdict[];
};

export type Verb =
  | "approve"
  | "execute"
  | "pause"
  | "resume"
  | "promote"
  | "abort"
  | "rollback"
  | "retry";

export type Event =
  | { readonly type: "execute"; readonly actor: string; readonly plan: Plan }
  | {
      readonly type: Exclude<Verb, "execute">;
      readonly actor: string;
      readonly reason: string | null;
    }
  | { readonly type: "claimed"; readonly turn: number }
  | { readonly type: "claimRefused"; readonly turn: number; readonly message: string }
  | {
      readonly type: "loaded";
      readonly turn: number;
      readonly node: string;
      readonly fault: string | null;
    }
  | {
      readonly type: "checked";
      readonly turn: number;
      readonly node: string;
      readonly fault: string | null;
    }
  | { readonly type: "routed"; readonly turn: number; readonly fault: string | null }
  | { readonly type: "measured"; readonly turn: number; readonly reading: Mark }
  | { readonly type: "unloaded"; readonly turn: number; readonly node: string }
  | { readonly type: "tick" }
  /** Somebody looks after it: what is due is done, and what it has no more right to is given back. */
  | { readonly type: "sweep" };

/** One line of a deployment's history. */
export type Transition = {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly evidence: readonly Verdict[];
};

export type Command =
  | { readonly type: "claim"; readonly turn: number; readonly regions: readonly string[] }
  | { readonly type: "release"; readonly turn: number }
  | {
      readonly type: "load";
      readonly turn: number;
      readonly node: string;
      readonly moduleId: string;
    }
  /** What could not be loaded in time, and is routed to all the same: loaded as soon as its node answers. */
  | {
      readonly type: "restore";
      readonly turn: number;
      readonly node: string;
      readonly moduleId: string;
    }
  | {
      readonly type: "check";
      readonly turn: number;
      readonly node: string;
      readonly delayMs: number;
    }
  | { readonly type: "route"; readonly turn: number; readonly routes: readonly RegionRoute[] }
  | {
      readonly type: "measure";
      readonly turn: number;
      readonly nodes: readonly string[];
      readonly stable: readonly string[];
    }
  | {
      readonly type: "unload";
      readonly turn: number;
      readonly node: string;
      readonly moduleId: string;
    }
  | {
      readonly type: "retire";
      readonly turn: number;
      readonly node: string;
      readonly moduleId: string;
      readonly graceMs: number;
    }
  /** To the list of deployments. */
  | { readonly type: "record"; readonly transition: Transition }
  /** To the ledger and to whoever follows events: the list doesn't wait for them. */
  | { readonly type: "tell"; readonly transition: Transition };

export type Step = readonly [Rollout, readonly Command[]];

/** Deadlines of the phases that wait for the machine, and of those that wait for people. */
export const CLAIM_MS = 30_000;
export const LOAD_MS = 60_000;
export const ROUTE_MS = 15_000;
export const JUDGE_MS = 30_000;
export const WITHDRAW_MS = 60_000;
export const PAUSE_MS = 24 * 3_600_000;
export const PENDING_MS = 24 * 3_600_000;
/** Between a failed health check and the next try on that node. */
export const CHECK_AGAIN_MS = 200;
/** After a change of route, until no isolate routes by the one before. */
export const ROUTE_REFRESH_MS = 1_000;

export type NewRollout = Omit<
  Rollout,
  | "approvedBy"
  | "approvedAt"
  | "startedAt"
  | "endedAt"
  | "plan"
  | "phase"
  | "turn"
  | "recorded"
  | "shares"
  | "held"
  | "live"
  | "succeeded"
  | "failed"
  | "message"
  | "verdicts"
>;

export function newRollout(from: NewRollout): Rollout {
  return {
    ...from,
    approvedBy: null,
    approvedAt: null,
    startedAt: null,
    endedAt: null,
    plan: null,
    phase: { name: "pending", deadline: from.createdAt + PENDING_MS },
    turn: 0,
    recorded: 0,
    shares: {},
    held: [],
    live: -1,
    succeeded: [],
    failed: [],
    message: null,
    verdicts: [],
  };
}

/** Its regions are its own to change: it holds the claim, or asks for it. */
export function isClaiming(rollout: Rollout): boolean {
  return rollout.phase.name !== "pending" && !isTerminal(rollout);
}

export function isTerminal(rollout: Rollout): boolean {
  const { name } = rollout.phase;
  return name === "completed" || name === "failed" || name === "rolledBack";
}

/** When the rollout wants its next tick; null when it is over. */
export function wakeAt(rollout: Rollout): number | null {
  const { phase } = rollout;
  if (!("deadline" in phase)) return null;
  if (phase.name !== "baking") return phase.deadline;
  return Math.min(phase.measureAt, phase.bake.until, phase.deadline);
}
