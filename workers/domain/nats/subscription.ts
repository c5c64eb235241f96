// A connection's subscriptions, and who of all of them gets a message: everyone who asked, and one of each queue group.
import { matches } from "./subject.ts";

export type Subscription = {
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | null;
  /** Messages until it ends by itself; null for no end. */
  readonly max: number | null;
  readonly delivered: number;
};

export function ended({ max, delivered }: Subscription): boolean {
  return max !== null && delivered >= max;
}

/** `draw` gives a number from 0 up to 1 for each queue group. */
export function recipients<Holder>(
  held: Iterable<readonly [Holder, Subscription]>,
  subject: string,
  draw: () => number,
): (readonly [Holder, Subscription])[] {
  const chosen: (readonly [Holder, Subscription])[] = [];
  const groups = new Map<string, (readonly [Holder, Subscription])[]>();
  for (const entry of held) {
    const { queue, subject: pattern } = entry[1];
    if (!matches(pattern, subject)) continue;
    if (queue === null) chosen.push(entry);
    // As with the server, a group is one by its name, whatever the patterns of its members.
    else grouped(groups, queue).push(entry);
  }
  for (const members of groups.values()) {
    const one = members[Math.min(members.length - 1, Math.floor(draw() * members.length))];
    if (one !== undefined) chosen.push(one);
  }
  return chosen;
}

function grouped<Member>(groups: Map<string, Member[]>, key: string): Member[] {
  const found = groups.get(key);
  if (found !== undefined) return found;
  const made: Member[] = [];
  groups.set(key, made);
  return made;
}
