// Plays schedules: a seed, or a tape, against one of the worlds. What breaks an invariant comes back with its history.
import { batches } from "./batches.ts";
import { elections } from "./elections.ts";
import { guests } from "./guests.ts";
import { Broken } from "./invariant.ts";
import type { Played, WorldName } from "./played.ts";
import { quotas } from "./quotas.ts";
import { RolloutWorld } from "./rollout/world.ts";
import { Tape } from "./tape.ts";
import type { Told } from "./told.ts";
import { workloads } from "./workloads.ts";

type World = (tape: Tape, told: Told) => void | Promise<void>;

const WORLDS: Readonly<Record<WorldName, World>> = {
  rollouts,
  workloads,
  elections,
  batches,
  quotas,
  guests,
};

/** Which world a seed plays in, over and over: rollouts have the most corners. */
const TURNS: readonly WorldName[] = [
  "rollouts",
  "workloads",
  "rollouts",
  "batches",
  "rollouts",
  "elections",
  "rollouts",
  "quotas",
  "rollouts",
  "guests",
];

function worldOf(seed: number): WorldName {
  return TURNS[seed % TURNS.length] ?? "rollouts";
}

export function playSeed(seed: number, world = worldOf(seed)): Promise<Played> {
  return play(world, Tape.seeded(seed));
}

export function playTape(world: WorldName, tape: readonly number[]): Promise<Played> {
  return play(world, Tape.recorded(tape));
}

async function play(world: WorldName, tape: Tape): Promise<Played> {
  const told: Told = { history: [], simulatedMs: 0 };
  let fault: Error | null = null;
  try {
    await WORLDS[world](tape, told);
  } catch (thrown) {
    fault = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  const { history, simulatedMs } = told;
  return { world, simulatedMs, tape: tape.taken, fault, history };
}

function rollouts(tape: Tape, told: Told): void {
  const world = new RolloutWorld(tape, told);
  world.run();
}

/** What two failures have in common when they are the same one: the invariant that is broken, or the error's name. */
export function kindOf(fault: Error): string {
  return fault instanceof Broken ? fault.invariant : fault.name;
}
