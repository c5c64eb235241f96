// The live picture: a pure function from the log to lines of text.
import type { Log, Rollout } from "./log.ts";
import { rolloutOf, versionOf } from "./log.ts";
import { WINDOW_MS, figuresOf, recentCalls, sharesByRegion } from "./traffic-window.ts";
import type { VersionFigures } from "./traffic-window.ts";

const BAR_WIDTH = 26;
const EVENTS_SHOWN = 9;
const COLUMN = 10;

export type Frame = { readonly now: number; readonly columns: number; readonly rows: number };

/** Lines no wider than the frame and no more than it has rows; events give way first. */
export function picture(log: Log, frame: Frame): string[] {
  const { now, columns, rows } = frame;
  const head = [title(log, now), "", ...log.modules.map((id) => stageLine(log, id)), ""];
  const table = [
    heading(),
    ...figuresOf(log, now).map((figures) => versionLine(figures)),
    regionLine(log, now),
    "",
  ];
  const room = rows - head.length - table.length - 1;
  const events = eventLines(log).slice(-Math.max(0, Math.min(EVENTS_SHOWN, room)));
  const lines = [...head, ...table, ...(events.length === 0 ? [] : ["Events", ...events])];
  return lines.slice(0, rows).map((line) => clipped(line, columns));
}

function title(log: Log, now: number): string {
  const perSecond = recentCalls(log, now).length / (WINDOW_MS / 1000);
  const failed = log.calls.filter(({ outcome }) => outcome !== "answered").length;
  return `Edgeloom demo  ${seconds(now - log.startedAt)}  ${perSecond.toFixed(0)} calls/s  ${log.calls.length} calls, ${failed} failed`;
}

/** `1.2.0  ✓ 10%  ▶ 25%  · 50%  · 100%  InProgress: baking` */
function stageLine(log: Log, moduleId: string): string {
  const version = versionOf(moduleId).padEnd(8);
  const rollout = rolloutOf(log, moduleId);
  if (rollout === null) return `  ${version}registered`;
  const { status } = rollout.sightings.at(-1) ?? { status: "Pending" };
  const reached = reachedWave(rollout);
  const marks = rollout.waves.map(({ label }, index) => {
    const name = label.replace(/ rollout$/, "");
    return `${markOf({ status, index, reached })} ${name}`;
  });
  const phase = rollout.transitions.at(-1)?.to ?? "pending";
  return `  ${version}${marks.join("  ").padEnd(34)}${status}${status === "InProgress" ? `: ${phase}` : ""}`;
}

/** The wave at which the rollout stands or stood last; -1 before the first. */
function reachedWave({ waves, sightings }: Rollout): number {
  const last = sightings.findLast(({ currentStage }) =>
    waves.some(({ label }) => label === currentStage),
  );
  return waves.findIndex(({ label }) => label === last?.currentStage);
}

function markOf(stage: { status: string; index: number; reached: number }): string {
  const { status, index, reached } = stage;
  if (status === "Completed" || index < reached) return "✓";
  if (index > reached) return "·";
  return status === "RolledBack" || status === "Failed" ? "✗" : "▶";
}

function heading(): string {
  const names = ["share", "calls", "errors", "p50 ms", "p95 ms"].map((name) =>
    name.padStart(COLUMN),
  );
  return `  ${`Last ${WINDOW_MS / 1000} s`.padEnd(8 + BAR_WIDTH)}${names.join("")}`;
}

function versionLine(figures: VersionFigures): string {
  const { moduleId, sharePercent, calls, errors, p50Ms, p95Ms } = figures;
  const filled = Math.round(((sharePercent ?? 0) / 100) * BAR_WIDTH);
  const bar = "█".repeat(filled).padEnd(BAR_WIDTH, "░");
  const cells = [
    sharePercent === null ? "–" : `${sharePercent.toFixed(1)} %`,
    String(calls),
    String(errors),
    milliseconds(p50Ms),
    milliseconds(p95Ms),
  ].map((cell) => cell.padStart(COLUMN));
  return `  ${versionOf(moduleId).padEnd(8)}${bar}${cells.join("")}`;
}

/** A canary begins in one region: what it has there is the stage's share, what it has of all is less. */
function regionLine(log: Log, now: number): string {
  const latest = log.rollouts.at(-1);
  if (latest === undefined) return "";
  const shares = sharesByRegion(log, latest.moduleId, now);
  const told = [...shares].map(([region, percent]) => `${region} ${percent.toFixed(1)} %`);
  return told.length === 0
    ? ""
    : `  ${versionOf(latest.moduleId).padEnd(8)}by region: ${told.join("  ")}`;
}

function eventLines(log: Log): string[] {
  return log.rollouts.flatMap(({ moduleId, transitions }) =>
    transitions.map(
      ({ timestamp, to, reason }) =>
        `  ${seconds(Date.parse(timestamp) - log.startedAt)}  ${versionOf(moduleId)}  ${to.padEnd(25)}${reason}`,
    ),
  );
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1).padStart(5)} s`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}

function clipped(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
