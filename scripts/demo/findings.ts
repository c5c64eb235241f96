// What the demo promises to have seen, each promise checked against the log. It exits 0 only if all are kept.
import type { Call, Log, Rollout } from "./log.ts";
import { rolloutOf, versionOf } from "./log.ts";
import { ROUTE_REFRESH_MS, at, measureStage, stagesOf } from "./stage.ts";

export type Finding = { readonly claim: string; readonly seen: boolean; readonly detail: string };

/** The versions in the order in which they were rolled out. */
export type Cast = {
  readonly first: string;
  readonly sound: string;
  /** It traps. */
  readonly bad: string;
  /** Its answers are right, and cost many times the gas. */
  readonly wasteful: string;
};

/** How far a measured share may lie from the stage's: standard errors, and never less than this. */
const STANDARD_ERRORS = 4;
const SHARE_TOLERANCE_PERCENT = 1;
/** Calls below which a share says nothing. */
const STAGE_CALLS_MIN = 30;
/** How long the traffic is watched once a version that was taken back must be gone. */
export const AFTERMATH_MS = 2_000;

export function findingsOf(log: Log, cast: Cast): Finding[] {
  const sound = rolloutOf(log, cast.sound);
  return [
    completed(rolloutOf(log, cast.first), cast.first),
    ...promoted(log, sound, cast),
    completed(sound, cast.sound),
    ...takenBack(log, { moduleId: cast.bad, stable: cast.sound, gate: null }),
    ...takenBack(log, { moduleId: cast.wasteful, stable: cast.sound, gate: "gas" }),
    noOtherFailure(log, cast),
  ];
}

function completed(rollout: Rollout | null, moduleId: string): Finding {
  const last = rollout?.sightings.at(-1);
  return {
    claim: `${versionOf(moduleId)} was rolled out`,
    seen: last?.status === "Completed",
    detail: told(last),
  };
}

/** Each stage in its order, with the share of the traffic that it stands for. */
function promoted(log: Log, rollout: Rollout | null, cast: Cast): Finding[] {
  const version = versionOf(cast.sound);
  const waves = rollout?.waves ?? [];
  const labels = new Set(waves.map(({ label }) => label));
  const seen = (rollout?.sightings ?? [])
    .map(({ currentStage }) => currentStage)
    .filter((stage): stage is string => stage !== null && labels.has(stage));
  const order = seen.filter((stage, index) => stage !== seen[index - 1]);
  const stages = rollout === null ? [] : stagesOf(rollout);
  return [
    {
      claim: `${version} was promoted stage by stage`,
      seen: labels.size > 1 && order.join() === [...labels].join(),
      detail: order.length === 0 ? "no stage was seen" : order.join(", "),
    },
    ...waves.map(({ label }, index): Finding => {
      const claim = `${version} had its share at ${label}`;
      const stage = stages[index];
      if (stage === undefined) return { claim, seen: false, detail: "its traffic was not shifted" };
      const measured = measureStage(stage, cast.sound, log.calls);
      const { calls, sharePercent, expectedPercent, strays } = measured;
      const offPercent = Math.abs(sharePercent - expectedPercent);
      const near = offPercent <= tolerancePercent(expectedPercent, calls);
      const where = Object.keys(stage.wave.sharePercentByRegion).join(", ");
      return {
        claim,
        seen: calls >= STAGE_CALLS_MIN && near && strays === 0,
        detail: `${sharePercent.toFixed(1)} % of ${calls} calls to ${where}; ${strays} calls elsewhere`,
      };
    }),
  ];
}

/** A version that has to go, what it goes back to, and the gate that has to see it; null: any. */
type Culprit = {
  readonly moduleId: string;
  readonly stable: string;
  readonly gate: string | null;
};

function takenBack(log: Log, culprit: Culprit): Finding[] {
  const rollout = rolloutOf(log, culprit.moduleId);
  return [...caught(rollout, culprit), gone(log, rollout, culprit)];
}

function caught(rollout: Rollout | null, { moduleId, stable, gate }: Culprit): Finding[] {
  const version = versionOf(moduleId);
  const last = rollout?.sightings.at(-1);
  const verdict = withdrawal(rollout)?.evidence.find(({ verdict }) => verdict === "fail");
  const isOver = last?.status === "RolledBack" || last?.status === "Failed";
  return [
    {
      claim: `${version} was caught by ${gate === null ? "a" : `the ${gate}`} gate`,
      seen:
        isOver &&
        verdict !== undefined &&
        last.errorMessage === verdict.reason &&
        (gate === null || verdict.gate === gate),
      detail: verdict === undefined ? told(last) : `gate ${verdict.gate}: ${verdict.reason}`,
    },
    {
      claim: `${version} was rolled back to ${versionOf(stable)}`,
      seen: isOver && last.previousModuleId === stable,
      detail: `${last?.status ?? "no deployment"}, previousModuleId ${last?.previousModuleId ?? "none"}`,
    },
  ];
}

/** The transition by which the way back began. */
function withdrawal(rollout: Rollout | null) {
  return rollout?.transitions.find(({ to }) => to.startsWith("withdrawing")) ?? null;
}

/** When the way back was done, in ms; null while it isn't. */
function withdrawnAt(rollout: Rollout | null): number | null {
  const completedAt = rollout?.sightings.at(-1)?.completedAt ?? null;
  return completedAt === null || withdrawal(rollout) === null ? null : Date.parse(completedAt);
}

function gone(log: Log, rollout: Rollout | null, culprit: Culprit): Finding {
  const claim = `no call was answered by ${versionOf(culprit.moduleId)} later than 1 s after the rollback`;
  const doneAt = withdrawnAt(rollout);
  if (doneAt === null) return { claim, seen: false, detail: "it was not rolled back" };
  const by = (moduleId: string): Call[] => log.calls.filter((call) => call.moduleId === moduleId);
  const isLate = ({ answeredAt }: Call): boolean => answeredAt > doneAt + ROUTE_REFRESH_MS;
  const late = by(culprit.moduleId).filter(isLate).length;
  const after = by(culprit.stable).filter(isLate).length;
  const watchedUntil = log.calls.at(-1)?.answeredAt ?? 0;
  const watchedMs = Math.max(0, watchedUntil - doneAt - ROUTE_REFRESH_MS);
  const lastAt = by(culprit.moduleId).at(-1)?.answeredAt ?? doneAt;
  return {
    claim,
    seen: late === 0 && after > 0 && watchedMs >= AFTERMATH_MS,
    detail: `${late} calls in ${watchedMs} ms, ${after} by ${versionOf(culprit.stable)}; its last answer came ${Math.abs(lastAt - doneAt)} ms ${lastAt > doneAt ? "after" : "before"} it`,
  };
}

function noOtherFailure(log: Log, cast: Cast): Finding {
  const failures = log.calls.filter(({ outcome }) => outcome !== "answered");
  const isOwn = ({ outcome, moduleId }: Call): boolean =>
    outcome === "guestFailed" && moduleId === cast.bad;
  const rollbacks = [cast.bad, cast.wasteful].map((moduleId) => rolloutOf(log, moduleId));
  const isStopped = (call: Call): boolean =>
    call.outcome === "withdrawn" && rollbacks.some((rollout) => wasUnderWay(call, rollout));
  const stopped = failures.filter(isStopped).length;
  const others = failures.filter((call) => !isOwn(call) && !isStopped(call));
  const examples = [...new Set(others.map(({ message }) => message))].slice(0, 3).join(" | ");
  return {
    claim: `no call failed but by ${versionOf(cast.bad)}'s own traps, or because a rollback stopped it under way`,
    seen: log.calls.length > 0 && others.length === 0,
    detail: `${log.calls.length} calls, ${failures.length} failed, ${stopped} of them stopped, ${others.length} otherwise${others.length === 0 ? "" : `: ${examples}`}`,
  };
}

/** Sent while isolates still routed to the version, and answered after its way back had begun. */
function wasUnderWay({ sentAt, answeredAt }: Call, rollout: Rollout | null): boolean {
  const begun = withdrawal(rollout);
  const doneAt = withdrawnAt(rollout);
  if (begun === null || doneAt === null) return false;
  return answeredAt >= at(begun) && sentAt <= doneAt + ROUTE_REFRESH_MS;
}

/** What the first call to the last of the way back took, for the summary; null when it didn't happen. */
export function detection(log: Log, bad: string) {
  const rollout = rolloutOf(log, bad);
  const begun = withdrawal(rollout);
  const doneAt = withdrawnAt(rollout);
  const [stage] = rollout === null ? [] : stagesOf(rollout);
  if (begun === null || doneAt === null || stage === undefined) return null;
  const calls = log.calls.filter(({ moduleId }) => moduleId === bad);
  return {
    detectedMs: at(begun) - stage.liveAt,
    withdrawnMs: doneAt - at(begun),
    calls: calls.length,
    failed: calls.filter(({ outcome }) => outcome !== "answered").length,
  };
}

function tolerancePercent(expectedPercent: number, calls: number): number {
  const share = expectedPercent / 100;
  const standardError = calls === 0 ? 1 : Math.sqrt((share * (1 - share)) / calls);
  return Math.max(SHARE_TOLERANCE_PERCENT, 100 * STANDARD_ERRORS * standardError);
}

function told(sighting: { status: string; errorMessage: string | null } | undefined): string {
  if (sighting === undefined) return "it was not deployed";
  const { status, errorMessage } = sighting;
  return errorMessage === null ? status : `${status}: ${errorMessage}`;
}
