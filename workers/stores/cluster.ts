// The lease and its controllers, in D1. All times are the database's: it is the one clock that all controllers share.
import { asc, notInArray, sql } from "drizzle-orm";
import type { Ask, Lease } from "#domain/election/lease.ts";
import type { MemberState } from "#domain/election/member.ts";
import type { Database } from "./database.ts";
import { controllers, lease } from "./schema.ts";

const ROW = 1;
const NOW = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;

export type Controller = {
  readonly id: string;
  readonly region: string;
  readonly state: MemberState;
  readonly heartbeatAt: number;
};

/**
 * Asks for the lease and beats, in one transaction: the one compare-and-set of an election, as `asked` in
 * domain/election has it. Answers the lease as it stands, and how long it holds.
 */
export async function askLease(
  db: Database,
  { id, term, leaseMs }: Ask,
  member: Pick<Controller, "region" | "state">,
): Promise<{ lease: Lease; remainingMs: number }> {
  const hasRunOut = sql`${lease.expiresAt} <= ${NOW}`;
  const isOwn = sql`${lease.leaderId} = ${id} and ${lease.term} = ${term}`;
  const expiresAt = sql<number>`${NOW} + ${leaseMs}`;
  const take = db
    .insert(lease)
    .values({ id: ROW, leaderId: id, term: 1, acquiredAt: NOW, renewedAt: NOW, expiresAt })
    .onConflictDoUpdate({
      target: lease.id,
      set: {
        leaderId: id,
        term: sql`${lease.term} + (${hasRunOut})`,
        acquiredAt: sql`case when ${hasRunOut} then ${NOW} else ${lease.acquiredAt} end`,
        renewedAt: NOW,
        expiresAt,
      },
      setWhere: sql`${hasRunOut} or (${isOwn})`,
    });
  const beat = db
    .insert(controllers)
    .values({ id, ...member, heartbeatAt: NOW })
    .onConflictDoUpdate({ target: controllers.id, set: { ...member, heartbeatAt: NOW } });
  const [, , rows] = await db.batch([
    take,
    beat,
    db.select({ ...columns(), now: NOW }).from(lease),
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error("the lease was written and is not there");
  const { now, ...standing } = row;
  return { lease: standing, remainingMs: standing.expiresAt - now };
}

/** What is known of the cluster, at one moment of the database's clock. The lease may have run out. */
export async function readCluster(
  db: Database,
): Promise<{ lease: Lease | null; controllers: Controller[]; now: number }> {
  const [leases, members, clock] = await db.batch([
    db.select(columns()).from(lease),
    db.select().from(controllers).orderBy(asc(controllers.id)),
    db.select({ now: NOW }).from(sql`(select 1)`),
  ]);
  return { lease: leases[0] ?? null, controllers: members, now: clock[0]?.now ?? 0 };
}

/** Controllers that the deployment names no more. */
export async function forgetControllersBut(db: Database, ids: readonly string[]): Promise<void> {
  await db.delete(controllers).where(notInArray(controllers.id, [...ids]));
}

function columns() {
  const { leaderId, term, acquiredAt, renewedAt, expiresAt } = lease;
  return { leaderId, term, acquiredAt, renewedAt, expiresAt };
}
