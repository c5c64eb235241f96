// What the demo has observed so far: the calls that its own client made, and what the orchestrator said about
// each rollout. The picture, the progress lines and the findings are made from this and from nothing else.

type Outcome = "answered" | "guestFailed" | "withdrawn" | "failed";

export type Call = {
  readonly region: string;
  /** The version that the answer names; null when there was no such answer. */
  readonly moduleId: string | null;
  /**
   * `guestFailed` is the guest's own failure, told with status 200; `withdrawn` was stopped under way; `failed` is
   * anything else that went wrong.
   */
  readonly outcome: Outcome;
  readonly message: string | null;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly latencyMs: number;
};

export type Wave = {
  readonly label: string;
  readonly sharePercentByRegion: Readonly<Record<string, number>>;
};

/** The deployment as one poll found it. */
export type Sighting = {
  readonly status: string;
  readonly currentStage: string | null;
  readonly previousModuleId: string | null;
  readonly errorMessage: string | null;
  readonly completedAt: string | null;
};

type Evidence = { readonly gate: string; readonly verdict: string; readonly reason: string };

export type Transition = {
  readonly sequence: number;
  readonly timestamp: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly evidence: readonly Evidence[];
};

export type Rollout = {
  readonly moduleId: string;
  readonly waves: readonly Wave[];
  /** One for each change, in order. */
  readonly sightings: readonly Sighting[];
  readonly transitions: readonly Transition[];
};

export type Log = {
  readonly startedAt: number;
  readonly modules: readonly string[];
  /** In the order of their answers. */
  readonly calls: readonly Call[];
  readonly rollouts: readonly Rollout[];
};

export type RolloutRecord = Rollout & { sightings: Sighting[]; transitions: Transition[] };
export type LogRecord = Log & { calls: Call[]; rollouts: RolloutRecord[] };

export function newLog(startedAt: number, modules: readonly string[]): LogRecord {
  return { startedAt, modules, calls: [], rollouts: [] };
}

export function versionOf(moduleId: string): string {
  return moduleId.slice(moduleId.lastIndexOf("-v") + 2);
}

export function rolloutOf(log: Log, moduleId: string): Rollout | null {
  return log.rollouts.find((rollout) => rollout.moduleId === moduleId) ?? null;
}
