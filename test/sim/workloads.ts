// A workload that is reconciled while nodes die, come back and lie about what they run, people change what is wanted,
// and commands and answers are refused, lost, doubled, late and out of order.
import type { Kind } from "#domain/workload/workload.ts";
import { NODES, take, worldOf } from "#test/domain/workload/happenings.ts";
import type { Step } from "#test/domain/workload/happenings.ts";
import { faultsAtRest } from "#test/domain/workload/rest.ts";
import { workloadOf } from "#test/domain/workload/world.ts";
import type { World } from "#test/domain/workload/world.ts";
import { Broken, hold } from "./invariant.ts";
import type { Tape } from "./tape.ts";
import type { Told } from "./told.ts";

const STEPS_MAX = 40;
const RUN = { completions: 4, parallelism: 2, retries: 5 };

export function workloads(tape: Tape, told: Told): void {
  const world = worldOf(workloadOf({ kind: kindOf(tape) }));
  const began = world.now;
  const rate = tape.pick([0, 100, 300]);
  world.fate = () => {
    if (!tape.chance(rate)) return "obey";
    return tape.chance(500) ? "refuse" : "lose";
  };
  guarded(() => {
    for (let steps = tape.draw(STEPS_MAX); steps > 0; steps -= 1) {
      const step = stepOf(tape);
      told.history.push(JSON.stringify(step));
      muddle(world, tape, rate);
      lie(world, tape, rate);
      take(world, step);
      told.simulatedMs = world.now - began;
    }
    const faults = faultsAtRest(world);
    hold("converged", faults.length === 0, () => faults.join("; "));
    told.simulatedMs = world.now - began;
  });
}

/** The world says itself where a node is overcommitted, a command goes to a dead one, or there is no fixed point. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Broken || !(thrown instanceof Error)) throw thrown;
    throw new Broken("converged", thrown.message);
  }
}

/** Answers under way are heard out of order, twice or never. */
function muddle(world: World, tape: Tape, rate: number): void {
  if (world.waiting.length === 0 || !tape.chance(2 * rate)) return;
  const at = tape.draw(world.waiting.length);
  const outcome = world.waiting[at];
  if (outcome === undefined) return;
  const fate = tape.draw(3);
  if (fate < 2) world.waiting.splice(at, 1);
  if (fate < 1) return world.hear(outcome);
  if (fate === 2) world.waiting.push(outcome);
}

/** A node lost what it ran, or runs what nobody knows, and doesn't say so by itself. */
function lie(world: World, tape: Tape, rate: number): void {
  if (!tape.chance(rate / 2)) return;
  const running = world.running.get(NODES[tape.draw(NODES.length)] ?? "a");
  const [first] = running ?? [];
  if (tape.chance(500)) running?.add(`stranger-${world.now}-${tape.taken.length}`);
  else if (first !== undefined) running?.delete(first);
}

function kindOf(tape: Tape): Kind {
  const replicas = tape.draw(8);
  const run = RUN;
  return tape.pick<Kind>([
    { type: "deployment", replicas },
    { type: "statefulset", replicas },
    { type: "daemonset", perNode: replicas % 3 },
    { type: "job", run },
    {
      type: "cronjob",
      run,
      schedule: "*/5 * * * *",
      concurrency: "Forbid",
      startingDeadlineMs: 60_000,
    },
  ]);
}

function stepOf(tape: Tape): Step {
  const node = NODES[tape.draw(NODES.length)] ?? "a";
  const at = tape.draw(20);
  const isOn = at % 2 === 1;
  return tape.pick<Step>([
    { does: "round" },
    { does: "answer" },
    { does: "round" },
    { does: "answer" },
    { does: "wait", ms: 1_000 * at * at },
    { does: "kill", node },
    { does: "revive", node, isReset: isOn },
    { does: "replicas", replicas: at % 9 },
    { does: "revision", revision: tape.pick(["1", "2", "3"]) },
    { does: "sicken", at },
    { does: "exit", at, isWell: isOn },
    { does: "close", node },
    { does: "label", node, tier: isOn ? "2" : "1" },
    { does: "constrain", isOn },
    { does: "spread", isOn },
    { does: "kind", type: tape.pick(["deployment", "statefulset", "daemonset"]) },
    { does: "stop", isStopped: isOn },
  ]);
}
