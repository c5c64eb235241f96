// Registered WIT interfaces.
import { and, asc, count, eq } from "drizzle-orm";
import type { InterfaceStatus, WasmInterface } from "#domain/interface.ts";
import type { Database } from "./database.ts";
import { interfaces } from "./schema.ts";

export type InterfaceFilter = {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: InterfaceStatus | undefined;
  readonly limit: number;
  readonly offset: number;
};

/** False when that version is registered already. */
export async function insertInterface(db: Database, given: WasmInterface): Promise<boolean> {
  const rows = await db
    .insert(interfaces)
    .values(given)
    .onConflictDoNothing()
    .returning({ id: interfaces.id });
  return rows.length === 1;
}

export async function findInterface(db: Database, id: string): Promise<WasmInterface | null> {
  const [row] = await db.select().from(interfaces).where(eq(interfaces.id, id));
  return row ?? null;
}

export async function listInterfaces(
  db: Database,
  filter: InterfaceFilter,
): Promise<{ interfaces: WasmInterface[]; total: number }> {
  const where = and(
    filter.namespace === undefined ? undefined : eq(interfaces.namespace, filter.namespace),
    filter.name === undefined ? undefined : eq(interfaces.name, filter.name),
    filter.status === undefined ? undefined : eq(interfaces.status, filter.status),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(interfaces)
      .where(where)
      .orderBy(asc(interfaces.id))
      .limit(filter.limit)
      .offset(filter.offset),
    db.select({ total: count() }).from(interfaces).where(where),
  ]);
  return { interfaces: rows, total: totals[0]?.total ?? 0 };
}

/** All versions of one interface, in no order. */
export async function versionsOf(
  db: Database,
  namespace: string,
  name: string,
): Promise<WasmInterface[]> {
  return db
    .select()
    .from(interfaces)
    .where(and(eq(interfaces.namespace, namespace), eq(interfaces.name, name)));
}

/** What other definitions may use: everything of other names that was approved. */
export async function approvedInterfaces(db: Database): Promise<WasmInterface[]> {
  return db.select().from(interfaces).where(eq(interfaces.status, "Approved"));
}

/** Changes the status if it is still the one that the decision was made on. */
export async function decideInterface(
  db: Database,
  id: string,
  decision: { from: InterfaceStatus } & Pick<
    WasmInterface,
    "status" | "submittedAt" | "decidedAt" | "decidedBy" | "decisionReason"
  >,
): Promise<boolean> {
  const { from, ...change } = decision;
  const rows = await db
    .update(interfaces)
    .set(change)
    .where(and(eq(interfaces.id, id), eq(interfaces.status, from)))
    .returning({ id: interfaces.id });
  return rows.length === 1;
}

export async function deleteInterface(db: Database, id: string): Promise<void> {
  await db.delete(interfaces).where(eq(interfaces.id, id));
}
