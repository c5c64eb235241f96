// The ten invariants of the design by name, and what else the worlds promise. A world asserts them after each step.
export const INVARIANTS = {
  weights: "1. The weights of a route sum to 100.",
  withdrawn:
    "2. After an abort no request reaches the candidate once one routing refresh has passed.",
  sticky: "3. A sticky user on the new version stays there unless it is withdrawn.",
  gates:
    "4. No wave starts before every gate of the one before passed since the last change of weight.",
  exclusive: "5. One rollout is active for a module and target, and one leader in a term.",
  recorded: "6. Every transition has an actor, a reason, its evidence and the chain's hash.",
  deadline: "7. Every state that isn't terminal has a deadline, and comes to its end.",
  exposure: "8. At most the planned share of requests ever reaches an unproven version.",
  bounded: "9. A guest stops: no call outlives its gas or its deadline, and none keeps its turn.",
  durable: "10. What was acknowledged survives the loss of any process.",
  completed:
    "Rollouts: a sound version that nothing and nobody interferes with goes out everywhere.",
  converged: "Workloads: what runs is what is wanted, and no node holds more than it has room for.",
  ordered: "Batches: nothing runs before what it needs, or twice, or stays when it is undone.",
  metered: "Quotas: all leases of one window never sum to more than the limit.",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** How often each was looked at: one that never was has not been shown. */
export const looked = new Map<string, number>();

export class Broken extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, how: string) {
    super(`${INVARIANTS[invariant]} ${how}`);
    this.name = "Broken";
    this.invariant = invariant;
  }
}

export function hold(invariant: Invariant, isHeld: boolean, how: () => string): void {
  looked.set(invariant, (looked.get(invariant) ?? 0) + 1);
  if (!isHeld) throw new Broken(invariant, how());
}
