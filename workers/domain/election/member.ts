// One controller's part in the election, as a pure step: it asks for the lease at every tick, leads while it surely
// holds it, and sweeps while it leads.
import { LEASE_MS, TICK_MS } from "./lease.ts";
import type { Ask, Lease } from "./lease.ts";

export type MemberState = "follower" | "candidate" | "leader";

export type Member = {
  readonly id: string;
  readonly state: MemberState;
  /** The term that it leads or led last; 0 before the first. */
  readonly term: number;
  /** By its own clock: until when it may lead, or another surely does. */
  readonly heldUntil: number;
  readonly sweptAt: number;
};

export type MemberEvent =
  | { readonly type: "tick" }
  /** Its process begins: what else was lost with the one before is not known, so that a sweep is due. */
  | { readonly type: "woken" }
  /** The lease as it stands after an ask, and how long it holds from then on by the database's clock. */
  | {
      readonly type: "answered";
      readonly lease: Lease;
      readonly remainingMs: number;
      readonly sentAt: number;
    }
  | { readonly type: "swept" };

export type MemberCommand =
  | { readonly type: "ask"; readonly ask: Ask; readonly sentAt: number }
  | { readonly type: "announce"; readonly term: number }
  | { readonly type: "sweep" };

export type Timing = {
  readonly leaseMs: number;
  readonly tickMs: number;
  readonly sweepMs: number;
};
export const TIMING: Timing = { leaseMs: LEASE_MS, tickMs: TICK_MS, sweepMs: 60_000 };

export function newMember(id: string): Member {
  return { id, state: "follower", term: 0, heldUntil: 0, sweptAt: 0 };
}

/** Whether it may act as the leader at this moment of its own clock. */
export function isLeading(member: Member, now: number): boolean {
  return member.state === "leader" && now < member.heldUntil;
}

export function step(
  member: Member,
  event: MemberEvent,
  { now, timing }: { now: number; timing: Timing },
): readonly [Member, readonly MemberCommand[]] {
  switch (event.type) {
    case "tick": {
      const { id, term } = member;
      const next: Member = now < member.heldUntil ? member : { ...member, state: "candidate" };
      return [next, [{ type: "ask", ask: { id, term, leaseMs: timing.leaseMs }, sentAt: now }]];
    }
    case "answered":
      return answered(member, event, { now, timing });
    case "woken":
      return [{ ...member, sweptAt: 0 }, []];
    case "swept":
      return [{ ...member, sweptAt: now }, []];
  }
}

/**
 * A leader counts from when it sent its ask, which is before the database counted: it stops leading before anybody
 * else can begin. An answer that comes too late makes it no leader.
 */
function answered(
  member: Member,
  { lease, remainingMs, sentAt }: Extract<MemberEvent, { type: "answered" }>,
  { now, timing }: { now: number; timing: Timing },
): readonly [Member, readonly MemberCommand[]] {
  const { leaderId, term } = lease;
  if (leaderId !== member.id) {
    return [{ ...member, state: "follower", heldUntil: now + remainingMs }, []];
  }
  const heldUntil = sentAt + remainingMs;
  if (now >= heldUntil) return [{ ...member, state: "candidate", term, heldUntil }, []];
  const isNew = term !== member.term;
  const isDue = now - member.sweptAt >= timing.sweepMs;
  const commands: MemberCommand[] = [
    ...(isNew ? [{ type: "announce" as const, term }] : []),
    ...(isDue ? [{ type: "sweep" as const }] : []),
  ];
  return [{ ...member, state: "leader", term, heldUntil }, commands];
}
