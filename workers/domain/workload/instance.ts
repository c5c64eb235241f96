// One instance of a workload: where it is, what it runs and how far it is.
//
//            placed            started            unhealthy
//   pending ───────► starting ────────► ready ◄─────────────► unhealthy
//                       │                 │       healthy         │
//                       │ not wanted,     │ not wanted            │ not wanted,
//                       │ failed or       ▼                       │ or too long
//                       │ too long     draining ◄─────────────────┘
//                       ▼                 │ drained, or too long
//                    stopping ◄───────────┘
//                       │ stopped
//                       ▼
//                    (gone) ◄── exited, vanished or completed, from any phase
//
//   What failed, took too long, ended or vanished though it was wanted is replaced: another is pending, with backoff.
//
//   starting, ready, unhealthy ── node dead ──► lost ── node back, and one is short ──► starting
//                                                 └──── node back, none is short ─────► draining
//
// An instance lives on one node for life: what replaces it has another id. Stopped, failed and completed are no
// phases: such an instance is forgotten, and the state's counters and failures keep what it was.
import type { Resources } from "#domain/placement/node.ts";

type Origin = {
  readonly id: string;
  /** What it stands for: a statefulset's ordinal, a daemonset's `node/number`. */
  readonly slot: string | null;
  readonly run: string | null;
  /** Failures in a row that came before it. */
  readonly attempt: number;
  /** Why it is not ready, as far as that is known. */
  readonly reason: string | null;
};

export type Pending = Origin & {
  readonly phase: "pending";
  readonly node: null;
  readonly retryAt: number;
  /** The node of the last failure: taken again only where there is no other. */
  readonly avoid: string | null;
};

export type Placed = Origin & {
  readonly phase: "starting" | "ready" | "unhealthy" | "draining" | "stopping" | "lost";
  readonly name: string;
  readonly node: string;
  readonly moduleId: string;
  readonly revision: string;
  readonly resources: Resources;
  /** When this phase began. */
  readonly since: number;
  readonly readyAt: number | null;
  /** When the phase's command went out last; null when it has yet to. */
  readonly sentAt: number | null;
};

export type Instance = Pending | Placed;

/** A command that isn't answered is sent again: it carries the same id and does nothing twice. */
export const RESEND_MS = 15_000;
/** A replica that nobody has room for is tried again this often, besides whenever nodes change. */
export const UNPLACED_RETRY_MS = 30_000;
/** What stood on a node that never comes back is forgotten; should it still come, it is stopped as a stray. */
export const LOST_KEPT_MS = 24 * 3_600_000;
/** Ready for so long, an instance is taken to be sound: its next failure is the first in a row. */
export const STABLE_MS = 600_000;

const BACKOFF_FIRST_MS = 1000;
const BACKOFF_MAX_MS = 300_000;

export function isStanding({ phase }: Instance): boolean {
  return phase !== "draining" && phase !== "stopping" && phase !== "lost";
}

/** Doubles with each failure, and lies between half and all of that: the same for the same instance and attempt. */
export function backoffMs(instance: string, attempt: number): number {
  if (attempt <= 0) return 0;
  const whole = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + 0.5 * fraction(`${instance}#${attempt}`)));
}

/** FNV-1a with a mixing step, as a fraction of 1. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
