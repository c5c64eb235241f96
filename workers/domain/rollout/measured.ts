// What a health answer or a reading of counters does to a wave: on, back, more time, or a person's turn.
import { since } from "#domain/counters.ts";
import { failWave, pause } from "./failure.ts";
import { judge } from "./gate.ts";
import { CHECK_AGAIN_MS } from "./rollout.ts";
import type { Bake, Event, Mark, Phase, Rollout, Step } from "./rollout.ts";
import { stableVersions } from "./routing.ts";
import { SYSTEM } from "./transition.ts";
import type { GateSettings, Verdict } from "./verdict.ts";
import { bakeOn, passWave, planOf, route, startJudging, waveAt } from "./wave.ts";

type Of<Name extends Phase["name"]> = Extract<Phase, { name: Name }>;
type On<Type extends Event["type"]> = Extract<Event, { type: Type }>;

export function onChecked(
  rollout: Rollout,
  outcome: { phase: Of<"checking">; event: On<"checked"> },
  now: number,
): Step {
  const { phase, event } = outcome;
  const { node, fault, turn } = event;
  if (!phase.waiting.includes(node)) return [rollout, []];
  const before = phase.tally[node] ?? { passes: 0, failures: 0 };
  const tally =
    fault === null
      ? { passes: before.passes + 1, failures: 0 }
      : { passes: 0, failures: before.failures + 1 };
  const wave = waveAt(rollout, phase.wave);
  if (fault !== null && tally.failures >= rollout.health.failureThreshold) {
    const reason = `Health checks failed at stage ${wave.progress}%: ${fault} on node ${node}, ${tally.failures} times in a row.`;
    return failWave(rollout, { wave: phase.wave, nodes: [node] }, { now, actor: SYSTEM, reason });
  }
  const tallied = { ...phase, tally: { ...phase.tally, [node]: tally } };
  if (tally.passes < rollout.health.successThreshold) {
    const delayMs = fault === null ? 0 : CHECK_AGAIN_MS;
    return [{ ...rollout, phase: tallied }, [{ type: "check", turn, node, delayMs }]];
  }
  const waiting = phase.waiting.filter((id) => id !== node);
  if (waiting.length > 0) return [{ ...rollout, phase: { ...tallied, waiting } }, []];
  const because = { now, actor: SYSTEM, reason: `${wave.label}: healthy on every node` };
  return phase.bake === null
    ? route(rollout, phase.wave, because)
    : startJudging(rollout, { index: phase.wave, bake: phase.bake }, because);
}

export function onMeasured(
  rollout: Rollout,
  outcome: { phase: Of<"baking"> | Of<"judging">; event: On<"measured"> },
  now: number,
): Step {
  const { phase, event } = outcome;
  const { bake, wave } = phase;
  if (bake.mark === null) return marked(rollout, { phase, reading: event.reading }, now);
  const final = phase.name === "judging";
  const verdicts = verdictsOf(rollout, { wave, mark: bake.mark, reading: event.reading, final });
  const failures = verdicts.filter(({ verdict }) => verdict === "fail");
  const told = { ...rollout, verdicts };
  const [first] = failures;
  if (first !== undefined) {
    const because = { now, actor: SYSTEM, reason: first.reason, evidence: failures };
    return failWave(told, { wave, nodes: waveAt(rollout, wave).nodes }, because);
  }
  return final ? conclude(told, { wave, bake, verdicts }, now) : [told, []];
}

/** The first reading after a change of weight starts the window; without one there is nothing to judge by yet. */
function marked(
  rollout: Rollout,
  on: { phase: Of<"baking"> | Of<"judging">; reading: Mark },
  now: number,
): Step {
  const { phase, reading } = on;
  const bake = { ...phase.bake, mark: reading };
  if (phase.name === "baking") return [{ ...rollout, phase: { ...phase, bake } }, []];
  const until = now + waveAt(rollout, phase.wave).bakeMs;
  const because = {
    now,
    actor: SYSTEM,
    reason: "The window was not marked in time; it starts anew.",
  };
  return bakeOn(rollout, { index: phase.wave, bake: { ...bake, until } }, because);
}

function conclude(
  rollout: Rollout,
  on: { wave: number; bake: Bake; verdicts: readonly Verdict[] },
  now: number,
): Step {
  const { wave, bake, verdicts } = on;
  const { label, bakeMs } = waveAt(rollout, wave);
  const open = verdicts.filter(({ verdict }) => verdict === "inconclusive");
  const [first] = open;
  if (first === undefined) {
    const because = {
      now,
      actor: SYSTEM,
      reason: `${label}: every gate passed`,
      evidence: verdicts,
    };
    return passWave(rollout, wave, because);
  }
  const because = { now, actor: SYSTEM, reason: first.reason, evidence: open };
  if (bake.extensions >= rollout.gates.extensionsMax) {
    return pause(rollout, { wave, cause: "inconclusive" }, because);
  }
  const extended = { ...bake, until: now + bakeMs, extensions: bake.extensions + 1 };
  return bakeOn(rollout, { index: wave, bake: extended }, because);
}

function verdictsOf(
  rollout: Rollout,
  on: { wave: number; mark: Mark; reading: Mark; final: boolean },
): Verdict[] {
  const { mark, reading } = on;
  const window = {
    candidate: since(reading.candidate, mark.candidate),
    stable: since(reading.stable, mark.stable),
  };
  const settings = settingsOf(rollout);
  return (
    waveAt(rollout, on.wave)
      .gates.filter((gate) => on.final || gate !== "experiment")
      // A health function that did not run has passed nothing.
      .filter((gate) => rollout.health.enabled || gate !== "health")
      .map((gate) => judge(gate, window, settings))
  );
}

function settingsOf(rollout: Rollout): GateSettings {
  const { strategy } = rollout;
  return {
    minimumSample: rollout.gates.minimumSample,
    falseAlarmRate: rollout.gates.falseAlarmRate,
    memoryLimitBytes: rollout.memoryLimitBytes,
    hasStable: stableVersions(rollout, planOf(rollout)).length > 0,
    experiment:
      strategy.name === "ABTesting"
        ? { criteria: strategy.winnerCriteria, minimumSample: strategy.minimumSampleSize }
        : null,
  };
}
