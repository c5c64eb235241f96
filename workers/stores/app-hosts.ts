// Hosts and the apps that are reached by them.
import { and, eq, inArray, notInArray } from "drizzle-orm";
import type { Database } from "./database.ts";
import { appHosts } from "./schema.ts";

/** The app has these hosts from now on, and no others. Answers who has one of them already: then nothing changes. */
export async function setHosts(
  db: Database,
  app: string,
  hosts: readonly string[],
): Promise<{ readonly host: string; readonly app: string } | null> {
  const dropped = db
    .delete(appHosts)
    .where(and(eq(appHosts.app, app), notInArray(appHosts.host, [...hosts])));
  if (hosts.length === 0) {
    await dropped;
    return null;
  }
  const holders = db
    .select()
    .from(appHosts)
    .where(inArray(appHosts.host, [...hosts]));
  const taken = (await holders).find((one) => one.app !== app);
  if (taken !== undefined) return taken;
  const rows = hosts.map((host) => ({ host, app }));
  const [, , held] = await db.batch([
    dropped,
    db.insert(appHosts).values(rows).onConflictDoNothing(),
    holders,
  ]);
  // Two may have asked for it at once.
  return held.find((one) => one.app !== app) ?? null;
}

export async function appOfHost(db: Database, host: string): Promise<string | null> {
  const [row] = await db.select().from(appHosts).where(eq(appHosts.host, host));
  return row?.app ?? null;
}
