// Tasks and batches. A run is changed by compare-and-set on its version, and each change leaves a snapshot beside it.
import { and, asc, avg, count, desc, eq, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Run, RunKind, RunStatus, Snapshot } from "#domain/provisioning/run.ts";
import type { Database } from "./database.ts";
import { runs, runSnapshots } from "./schema.ts";

/** Of runs that share an operation's name so many are told. */
const NAMESAKES_MAX = 20;

export type RunFilter = {
  readonly kind: RunKind;
  readonly status?: RunStatus | undefined;
  readonly limit: number;
  readonly offset: number;
};

export async function insertRun(db: Database, run: Run, wakeAt: number | null): Promise<void> {
  await db.batch([
    db.insert(runs).values({
      ...run,
      arguments: [...run.arguments],
      dependencies: [...run.dependencies],
      wakeAt,
    }),
    db.insert(runSnapshots).values(snapshotOf(run, run.createdAt, { event: "submitted" })),
  ]);
}

export async function findRun(db: Database, id: string): Promise<Run | null> {
  const [row] = await db.select().from(runs).where(eq(runs.id, id));
  return row ?? null;
}

/** The tasks that act on the infra and have not ended, oldest first. */
export async function unfinishedOn(db: Database, infra: string): Promise<string[]> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.infra, infra), isNull(runs.endedAt)))
    .orderBy(asc(runs.createdAt));
  return rows.map(({ id }) => id);
}

/** Runs with an operation of that id, newest first. */
export async function runsWithOperation(db: Database, operation: string): Promise<Run[]> {
  return db
    .select()
    .from(runs)
    .where(
      sql`exists (select 1 from json_each(${runs.batch}, '$.operations') where value ->> 'id' = ${operation})`,
    )
    .orderBy(desc(runs.createdAt))
    .limit(NAMESAKES_MAX);
}

/** Rollbacks that have ended, those of which every operation came about, and milliseconds that one took on average. */
export async function rollbackFigures(
  db: Database,
): Promise<{ total: number; whole: number; averageMs: number | null }> {
  const isBroken = sql`exists (select 1 from json_each(${runs.batch}, '$.progress') where value ->> 'phase' <> 'completed')`;
  const [row] = await db
    .select({
      total: count(),
      whole: sql<number>`coalesce(sum(not ${isBroken}), 0)`,
      averageMs: avg(sql`${runs.endedAt} - ${runs.createdAt}`).mapWith(Number),
    })
    .from(runs)
    .where(and(eq(runs.kind, "rollback"), isNotNull(runs.endedAt)));
  return row ?? { total: 0, whole: 0, averageMs: null };
}

export async function haveEnded(db: Database, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(inArray(runs.id, [...ids]), isNull(runs.endedAt)))
    .limit(1);
  return rows.length === 0;
}

/** False when another version stands by now: then neither the run nor its history is changed. */
export async function replaceRun(
  db: Database,
  run: Run,
  of: { readonly wakeAt: number | null; readonly at: number; readonly details: object },
): Promise<boolean> {
  const { status, batch, version, output, error, startedAt, endedAt } = run;
  const set = { status, batch, version, output, error, startedAt, endedAt, wakeAt: of.wakeAt };
  const snapshot = snapshotOf(run, of.at, of.details);
  const [changed] = await db.batch([
    db
      .update(runs)
      .set(set)
      .where(and(eq(runs.id, run.id), eq(runs.version, version - 1)))
      .returning({ id: runs.id }),
    // Where the update changed nothing, who did has left a snapshot of that version.
    db.insert(runSnapshots).values(snapshot).onConflictDoNothing(),
  ]);
  return changed.length === 1;
}

/** Who drives it says that it is alive. */
export async function postpone(db: Database, id: string, wakeAt: number): Promise<void> {
  await db
    .update(runs)
    .set({ wakeAt })
    .where(and(eq(runs.id, id), isNotNull(runs.wakeAt)));
}

/** Takes over a run that nobody has driven since it was to be looked at; null when somebody else did. */
export async function takeOver(
  db: Database,
  run: Pick<Run, "id" | "generation">,
  wakeAt: number,
): Promise<number | null> {
  const generation = run.generation + 1;
  const rows = await db
    .update(runs)
    .set({ generation, wakeAt })
    .where(and(eq(runs.id, run.id), eq(runs.generation, run.generation), isNull(runs.endedAt)))
    .returning({ id: runs.id });
  return rows.length === 1 ? generation : null;
}

export async function lapsedRuns(
  db: Database,
  before: number,
  limit: number,
): Promise<Pick<Run, "id" | "generation">[]> {
  return db
    .select({ id: runs.id, generation: runs.generation })
    .from(runs)
    .where(and(isNotNull(runs.wakeAt), lt(runs.wakeAt, before)))
    .limit(limit);
}

export async function listRuns(
  db: Database,
  { kind, status, limit, offset }: RunFilter,
): Promise<{ runs: Run[]; total: number }> {
  const where = and(
    eq(runs.kind, kind),
    status === undefined ? undefined : eq(runs.status, status),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(runs)
      .where(where)
      .orderBy(desc(runs.createdAt), asc(runs.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(runs).where(where),
  ]);
  return { runs: rows, total: totals[0]?.total ?? 0 };
}

export async function snapshotsOf(
  db: Database,
  runId: string,
  page: { limit: number; offset: number },
): Promise<{ snapshots: Snapshot[]; total: number }> {
  const where = eq(runSnapshots.runId, runId);
  const [snapshots, totals] = await db.batch([
    db
      .select()
      .from(runSnapshots)
      .where(where)
      .orderBy(asc(runSnapshots.version))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(runSnapshots).where(where),
  ]);
  return { snapshots, total: totals[0]?.total ?? 0 };
}

/** Mean duration in milliseconds of those of the name that completed; null when none did. */
export async function averageDuration(db: Database, name: string | null): Promise<number | null> {
  const [row] = await db
    .select({ average: avg(sql`${runs.endedAt} - ${runs.startedAt}`).mapWith(Number) })
    .from(runs)
    .where(and(eq(runs.status, "Completed"), name === null ? undefined : eq(runs.name, name)));
  return row?.average ?? null;
}

export async function countRuns(db: Database): Promise<Record<string, number>> {
  const rows = await db
    .select({ status: runs.status, total: count() })
    .from(runs)
    .groupBy(runs.status);
  return Object.fromEntries(rows.map(({ status, total }) => [status, total]));
}

/**
 * Runs by kind and status, and how long ended tasks took from their start: at most as long as each bound, in all, in
 * sum.
 */
export async function runFigures(
  db: Database,
  boundsSeconds: readonly number[],
): Promise<{
  counts: { kind: RunKind; status: RunStatus; total: number }[];
  durations: { atMost: number[]; count: number; sumSeconds: number };
}> {
  const durationMs = sql`(${runs.endedAt} - ${runs.startedAt})`;
  const atMost = boundsSeconds.map(
    (bound) => sql`coalesce(sum(${durationMs} <= ${bound * 1000}), 0)`,
  );
  const [counts, [took]] = await db.batch([
    db
      .select({ kind: runs.kind, status: runs.status, total: count() })
      .from(runs)
      .groupBy(runs.kind, runs.status),
    db
      .select({
        atMost: sql<string>`json_array(${sql.join(atMost, sql`, `)})`,
        count: count(),
        sumSeconds: sql<number>`coalesce(sum(${durationMs}), 0) / 1000.0`,
      })
      .from(runs)
      .where(and(eq(runs.kind, "task"), isNotNull(runs.endedAt), isNotNull(runs.startedAt))),
  ]);
  const { atMost: told = "[]", ...rest } = took ?? { count: 0, sumSeconds: 0 };
  // SQLite made it of as many numbers as there are bounds.
  return { counts, durations: { ...rest, atMost: JSON.parse(told) as number[] } };
}

/** How many snapshots there are, and the characters that runs and snapshots take. */
export async function runStorage(db: Database): Promise<{ snapshots: number; size: number }> {
  const [kept, states] = await db.batch([
    db
      .select({
        snapshots: count(),
        size: sql<number>`coalesce(sum(length(${runSnapshots.details})), 0)`,
      })
      .from(runSnapshots),
    db.select({ size: sql<number>`coalesce(sum(length(${runs.batch})), 0)` }).from(runs),
  ]);
  return {
    snapshots: kept[0]?.snapshots ?? 0,
    size: (kept[0]?.size ?? 0) + (states[0]?.size ?? 0),
  };
}

export async function deleteRunsBefore(db: Database, at: number): Promise<void> {
  const old = db.select({ id: runs.id }).from(runs).where(lt(runs.endedAt, at));
  await db.batch([
    db.delete(runSnapshots).where(sql`${runSnapshots.runId} in ${old}`),
    db.delete(runs).where(lt(runs.endedAt, at)),
  ]);
}

function snapshotOf(
  run: Run,
  at: number,
  details: object,
): Snapshot & { details: Record<string, unknown> } {
  const { id: runId, version, batch } = run;
  return { runId, version, at, state: batch.phase, details: { ...details } };
}
