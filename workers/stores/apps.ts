// The list of apps. A row claims its app's name, and mirrors what the app's own object last told.
import { asc, count, eq } from "drizzle-orm";
import type { AppStatus } from "#domain/app/app.ts";
import type { AppMetrics } from "#domain/app/metrics.ts";
import type { Database } from "./database.ts";
import { apps } from "./schema.ts";

export type ListedApp = {
  readonly name: string;
  readonly status: AppStatus;
  readonly image: string;
  readonly current: number;
  readonly desired: number;
  readonly healthy: number;
  readonly metrics: AppMetrics | null;
  readonly createdAt: number;
  readonly createdBy: string;
};

/** False when the name is taken. */
export async function claimApp(
  db: Database,
  app: Pick<ListedApp, "name" | "image" | "createdAt" | "createdBy">,
): Promise<boolean> {
  const rows = await db
    .insert(apps)
    .values({ ...app, status: "registered", current: 0, desired: 0, healthy: 0, metrics: null })
    .onConflictDoNothing()
    .returning({ name: apps.name });
  return rows.length === 1;
}

export async function mirrorApp(
  db: Database,
  name: string,
  told: Partial<Omit<ListedApp, "name" | "createdAt" | "createdBy">>,
): Promise<void> {
  await db.update(apps).set(told).where(eq(apps.name, name));
}

export async function releaseApp(db: Database, name: string): Promise<void> {
  await db.delete(apps).where(eq(apps.name, name));
}

/** In the order of their names. */
export async function listApps(db: Database, status: readonly AppStatus[] | null) {
  const rows = await db.select().from(apps).orderBy(asc(apps.name));
  return rows.filter((row) => status === null || status.includes(row.status));
}

export async function countApps(db: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .select({ status: apps.status, apps: count() })
    .from(apps)
    .groupBy(apps.status);
  return Object.fromEntries(rows.map(({ status, apps }) => [status, apps]));
}
