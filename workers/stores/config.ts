// The configuration: read anew by whoever acts on it, so that a change holds everywhere at once.
import { and, eq } from "drizzle-orm";
import { DEFAULT_CONFIG, changed } from "#domain/config.ts";
import type { Config } from "#domain/config.ts";
import type { Database } from "./database.ts";
import { config } from "./schema.ts";

const ROW = 1;

export type StoredConfig = {
  readonly value: Config;
  /** Grows with each change; 0 before the first. */
  readonly version: number;
  readonly changedAt: number | null;
  readonly changedBy: string | null;
};

export async function readConfig(db: Database): Promise<StoredConfig> {
  const [row] = await db.select().from(config).where(eq(config.id, ROW));
  if (row === undefined) {
    return { value: DEFAULT_CONFIG, version: 0, changedAt: null, changedBy: null };
  }
  // A row that is older than a setting has its default.
  return { ...row, value: changed(DEFAULT_CONFIG, row.value) };
}

/** False when another change came between. */
export async function replaceConfig(
  db: Database,
  next: { readonly value: Config; readonly version: number },
  by: { readonly changedAt: number; readonly changedBy: string },
): Promise<boolean> {
  const row = { ...next, ...by };
  const rows =
    next.version === 1
      ? await db
          .insert(config)
          .values({ id: ROW, ...row })
          .onConflictDoNothing()
          .returning({ id: config.id })
      : await db
          .update(config)
          .set(row)
          .where(and(eq(config.id, ROW), eq(config.version, next.version - 1)))
          .returning({ id: config.id });
  return rows.length === 1;
}
