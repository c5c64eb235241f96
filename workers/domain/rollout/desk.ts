// What a rollout's object does between its storage and those who perform its commands: the state and the commands that
// follow from it are kept together, and a command leaves with the write of what came of it. It stores and sends nothing:
// the object does, and so does the simulator's, which fails at it.
import type { Pending } from "./lanes.ts";
import type { Result } from "./command.ts";
import { violations } from "./invariant.ts";
import { wakeAt } from "./rollout.ts";
import type { Command, Event, Rollout } from "./rollout.ts";
import { step } from "./step.ts";
import { remember } from "./transition.ts";

/** Stored in one write. */
export type Desk = { readonly rollout: Rollout; readonly outbox: readonly Pending[] };

/** A command that could not be performed, or was under way when the object was lost, is tried again after this. */
const RETRY_MS = 2_000;

/** Of a rollout that has just been created: that it was is its first transition. */
export function opened(rollout: Rollout): Desk {
  const { createdAt: at, createdBy: actor } = rollout;
  const change = { from: "none", to: "pending", reason: "created" };
  return withMore(
    { rollout, outbox: [] },
    remember({ sequence: 0, at, actor, ...change, evidence: [] }),
  );
}

/** Throws at a step that breaks an invariant: then nothing of it is kept. */
export function handled(desk: Desk, event: Event, now: number): Desk {
  const next = step(desk.rollout, event, now);
  const broken = violations(desk.rollout, next);
  if (broken.length > 0) throw new Error(`rollout ${desk.rollout.id}: ${broken.join("; ")}`);
  const [rollout, commands] = next;
  return withMore({ rollout, outbox: desk.outbox }, commands);
}

/** What has come of a command. One that is to be done again stays, and the alarm comes back to it. */
export function finished(
  desk: Desk,
  { id }: Pending,
  { result, now }: { result: Result; now: number },
): Desk {
  if (result === "again") return desk;
  const left = { ...desk, outbox: desk.outbox.filter((one) => one.id !== id) };
  return result === "done" ? left : handled(left, result, now);
}

/** When it has to be awake without being called: at its deadline, and while there is something to be done. */
export function alarmAt({ rollout, outbox }: Desk, now: number): number | null {
  const times = [wakeAt(rollout), outbox.length > 0 ? now + RETRY_MS : null];
  const due = times.filter((at) => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}

/** Those that are under way are in the outbox still, so no number is given twice. */
function withMore({ rollout, outbox }: Desk, commands: readonly Command[]): Desk {
  const last = Math.max(0, ...outbox.map(({ id }) => id));
  const more = commands.map((command, place) => ({ id: last + 1 + place, command }));
  return { rollout, outbox: [...outbox, ...more] };
}
