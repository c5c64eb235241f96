// Settings documents as they were given, and the clusters that stand.
import { and, asc, eq } from "drizzle-orm";
import type { Cluster } from "#domain/provisioning/cluster.ts";
import type { Database } from "./database.ts";
import { clusters, settings } from "./schema.ts";

export type SettingsDocument = typeof settings.$inferSelect;

export async function putSettings(db: Database, document: SettingsDocument): Promise<void> {
  await db
    .insert(settings)
    .values(document)
    .onConflictDoUpdate({ target: settings.name, set: document });
}

export async function findSettings(db: Database, name: string): Promise<SettingsDocument | null> {
  const [row] = await db.select().from(settings).where(eq(settings.name, name));
  return row ?? null;
}

export async function listSettings(db: Database): Promise<Omit<SettingsDocument, "source">[]> {
  const { name, mediaType, updatedAt, updatedBy } = settings;
  return db.select({ name, mediaType, updatedAt, updatedBy }).from(settings).orderBy(asc(name));
}

export async function allSettings(db: Database): Promise<SettingsDocument[]> {
  return db.select().from(settings).orderBy(asc(settings.name));
}

export async function deleteSettings(db: Database, name: string): Promise<boolean> {
  const rows = await db
    .delete(settings)
    .where(eq(settings.name, name))
    .returning({ name: settings.name });
  return rows.length === 1;
}

export async function findCluster(
  db: Database,
  { infra, name }: Pick<Cluster, "infra" | "name">,
): Promise<Cluster | null> {
  const [row] = await db
    .select()
    .from(clusters)
    .where(and(eq(clusters.infra, infra), eq(clusters.name, name)));
  return row ?? null;
}

export async function listClusters(db: Database): Promise<Cluster[]> {
  return db.select().from(clusters).orderBy(asc(clusters.infra), asc(clusters.name));
}

export async function putCluster(db: Database, cluster: Cluster): Promise<void> {
  const row = {
    ...cluster,
    servers: [...cluster.servers],
    taskservs: [...cluster.taskservs],
  };
  await db
    .insert(clusters)
    .values(row)
    .onConflictDoUpdate({ target: [clusters.infra, clusters.name], set: row });
}

export async function deleteCluster(
  db: Database,
  { infra, name }: Pick<Cluster, "infra" | "name">,
): Promise<void> {
  await db.delete(clusters).where(and(eq(clusters.infra, infra), eq(clusters.name, name)));
}
