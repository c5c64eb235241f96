// Checkpoints: a row each, and the document in R2 under its own digest, which several of them may share.
import { count, desc, eq } from "drizzle-orm";
import type { Checkpoint } from "#domain/checkpoint.ts";
import { Fault } from "#domain/fault.ts";
import type { Database } from "./database.ts";
import { checkpoints } from "./schema.ts";

type Bucket = Pick<Env, "ARTIFACTS">;

export async function insertCheckpoint(db: Database, checkpoint: Checkpoint): Promise<void> {
  await db.insert(checkpoints).values({ ...checkpoint, counts: { ...checkpoint.counts } });
}

export async function findCheckpoint(db: Database, id: string): Promise<Checkpoint | null> {
  const [row] = await db.select().from(checkpoints).where(eq(checkpoints.id, id));
  return row ?? null;
}

/** Newest first. */
export async function listCheckpoints(
  db: Database,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ checkpoints: Checkpoint[]; total: number }> {
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(checkpoints)
      .orderBy(desc(checkpoints.createdAt), desc(checkpoints.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(checkpoints),
  ]);
  return { checkpoints: rows, total: totals[0]?.total ?? 0 };
}

export async function deleteCheckpoint(db: Database, id: string): Promise<void> {
  await db.delete(checkpoints).where(eq(checkpoints.id, id));
}

export async function isDocumentNeeded(db: Database, digest: string): Promise<boolean> {
  const rows = await db
    .select({ id: checkpoints.id })
    .from(checkpoints)
    .where(eq(checkpoints.digest, digest))
    .limit(1);
  return rows.length === 1;
}

export async function writeCheckpointDocument(
  env: Bucket,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await env.ARTIFACTS.put(keyOf(digest), bytes, {
    sha256: digest,
    httpMetadata: { contentType: "application/json" },
  });
}

export async function readCheckpointDocument(env: Bucket, digest: string): Promise<string> {
  const object = await env.ARTIFACTS.get(keyOf(digest));
  if (object !== null) return object.text();
  const message = `The document ${keyOf(digest)} of the checkpoint is missing from storage.`;
  throw new Fault("ARTIFACT_CORRUPT", message);
}

export async function deleteCheckpointDocument(env: Bucket, digest: string): Promise<void> {
  await env.ARTIFACTS.delete(keyOf(digest));
}

function keyOf(digest: string): string {
  return `checkpoints/${digest}.json`;
}
