// What the simulator tells, in types that need nothing of the worlds.
export type WorldName = "rollouts" | "workloads" | "elections" | "batches" | "quotas" | "guests";

export type Played = {
  readonly world: WorldName;
  readonly simulatedMs: number;
  /** What was drawn, in its order. */
  readonly tape: readonly number[];
  /** Null when all invariants held. */
  readonly fault: Error | null;
  readonly history: readonly string[];
};

/** The simulator as it is bundled. */
export type Simulator = {
  /** Sentences by name. */
  readonly INVARIANTS: Readonly<Record<string, string>>;
  /** How often each was looked at. */
  readonly looked: Map<string, number>;
  readonly playSeed: (seed: number, world?: WorldName) => Promise<Played>;
  readonly shrunk: (failed: Played) => Promise<Played>;
};
