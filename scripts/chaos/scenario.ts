// What a round of chaos does, drawn from the seed alone: which rollouts run, what is asked of them and when, and
// at which moments the runtime is killed.
import type { Random } from "./random.ts";

/**
 * `good` should complete by itself; `bad` traps and should be rolled back by its gates; the others are good versions
 * that a person steers: `undo` rolls back what has completed.
 */
type Kind = "good" | "bad" | "abort" | "rollback" | "pause" | "undo";

export type Scenario = {
  readonly kind: Kind;
  readonly stages: readonly number[];
  readonly periodMs: number;
  /** Calls of this rest (of ten) trap on a bad version. */
  readonly trapsOfTen: number;
  /** After the execution was acknowledged. */
  readonly verbAfterMs: number;
  readonly resumeAfterMs: number;
};

export type Kill =
  /** So long after the runtime is up, or after it begins to boot. */
  | { readonly type: "moment"; readonly since: "up" | "boot"; readonly afterMs: number }
  /** Right after a rollout is seen to enter the phase: most phases are too short to be met by chance. */
  | { readonly type: "phase"; readonly phase: Phase; readonly afterMs: number };

type Phase = (typeof FORWARD)[number] | (typeof WITHDRAWING)[number];

/** What else is done to the program while it runs. */
export type Strike = { readonly afterMs: number } & (
  | { readonly type: "evict"; readonly className: string; readonly which: number }
  /** D1 answers with errors. */
  | { readonly type: "database"; readonly forMs: number }
  /** An agent's processes are killed, and it is started again. */
  | { readonly type: "agent"; readonly which: number; readonly downMs: number }
);

/** `good` should complete; `bad` has an operation that can't succeed, and should leave nothing. */
export type BatchScenario = {
  readonly kind: "good" | "bad" | "cancel";
  readonly servers: number;
  readonly cancelAfterMs: number;
};

/** What somebody wants of the workload on the agents, and when. */
export type Wish = { readonly replicas: number; readonly afterMs: number };

export type Round = {
  readonly scenarios: readonly Scenario[];
  readonly batch: BatchScenario;
  readonly wish: Wish;
  readonly kills: readonly Kill[];
  readonly strikes: readonly Strike[];
};

const STAGES: readonly [readonly number[], ...(readonly number[])[]] = [
  [10, 25, 50, 100],
  [10, 50, 100],
  [25, 100],
  [50, 100],
];
const KINDS = ["good", "good", "bad", "bad", "abort", "rollback", "pause", "undo"] as const;
const WITHDRAWN: ReadonlySet<Kind> = new Set(["bad", "abort", "rollback", "undo"]);
const FORWARD = [
  "claiming",
  "loading",
  "checking",
  "routing",
  "judging",
  "finishing",
  "completed",
] as const;
const WITHDRAWING = [
  "withdrawing (claiming)",
  "withdrawing (loading)",
  "withdrawing (routing)",
  "withdrawing (unloading)",
  "rolledBack",
] as const;
/** A rollout of this many stages is over after about so long: kills are spread over all of it. */
const KILL_MS_MAX = 3_500;
const KILLS_PER_ROUND_MAX = 3;
/** This share of the kills waits for a phase. */
const PHASE_SHARE = 0.5;

/** Those that have something under way in a round; rollouts' own are met most. */
const EVICTED = [
  "RolloutObject",
  "RolloutObject",
  "RunnerObject",
  "LatticeObject",
  "LedgerObject",
  "HeartbeatObject",
  "QuotaObject",
  "HubObject",
  "ControllerObject",
] as const;
const STRIKES_MAX = 8;
const STRIKE_MS_MAX = 5_000;
export const AGENTS = 2;

export function drawRound(random: Random, lanes: number, killsLeft: number): Round {
  const scenarios = Array.from({ length: lanes }, () => drawScenario(random));
  const wanted = random.chance(0.45) ? random.between(2, KILLS_PER_ROUND_MAX) : 1;
  const kills = Array.from({ length: Math.min(wanted, killsLeft) }, (_, index) =>
    drawKill(random, { index, withdraws: scenarios.some(({ kind }) => WITHDRAWN.has(kind)) }),
  );
  const strikes = Array.from({ length: random.between(0, STRIKES_MAX) }, () => drawStrike(random));
  const batch: BatchScenario = {
    kind: random.pick(["good", "good", "bad", "cancel"]),
    servers: random.between(1, 3),
    cancelAfterMs: random.between(0, 1_500),
  };
  const wish = { replicas: random.between(0, 6), afterMs: random.between(0, STRIKE_MS_MAX) };
  return { scenarios, batch, wish, kills, strikes };
}

function drawStrike(random: Random): Strike {
  const afterMs = random.between(0, STRIKE_MS_MAX);
  if (random.chance(0.7)) {
    const which = random.between(0, 1_000);
    return { type: "evict", className: random.pick(EVICTED), which, afterMs };
  }
  if (random.chance(0.5)) return { type: "database", forMs: random.between(50, 1_500), afterMs };
  const which = random.between(0, AGENTS - 1);
  return { type: "agent", which, downMs: random.between(0, 2_000), afterMs };
}

function drawScenario(random: Random): Scenario {
  return {
    kind: random.pick(KINDS),
    stages: random.pick(STAGES),
    periodMs: random.between(3, 10) * 100,
    trapsOfTen: random.between(6, 10),
    verbAfterMs: random.between(0, 2_500),
    resumeAfterMs: random.between(0, 1_500),
  };
}

/** The first kill of a round meets work at any point; later ones meet a recovery, or a runtime not yet up. */
function drawKill(random: Random, on: { index: number; withdraws: boolean }): Kill {
  const { index, withdraws } = on;
  if (random.chance(PHASE_SHARE)) {
    const phase = withdraws && random.chance(0.6) ? random.pick(WITHDRAWING) : random.pick(FORWARD);
    return { type: "phase", phase, afterMs: random.between(0, 12) };
  }
  if (index === 0) return { type: "moment", since: "up", afterMs: random.between(0, KILL_MS_MAX) };
  if (random.chance(0.4)) {
    return { type: "moment", since: "boot", afterMs: random.between(0, 1_200) };
  }
  return { type: "moment", since: "up", afterMs: random.between(0, 1_500) };
}
