// What a round asks of nodes. A command's id is the instance and what is asked of it, and an instance has one node for
// life: a node that gets the same command twice answers it twice and does it once.
import type { Resources } from "#domain/placement/node.ts";
import { RESEND_MS } from "./instance.ts";
import type { Placed } from "./instance.ts";
import { isPlaced } from "./round.ts";
import type { Round } from "./round.ts";

type Address = { readonly id: string; readonly instance: string; readonly node: string };

export type Command =
  | (Address & {
      readonly type: "start";
      readonly name: string;
      readonly moduleId: string;
      readonly revision: string;
      readonly resources: Resources;
      readonly run: string | null;
    })
  /** No new calls; `drained` when the last has ended. */
  | (Address & { readonly type: "drain" })
  | (Address & { readonly type: "stop" });

/** Sends what has yet to be sent, or went unanswered, to every node that can be reached. */
export function dispatch(round: Round): Command[] {
  const commands: Command[] = [];
  for (const instance of round.draft.instances.filter(isPlaced)) {
    const command = commandFor(instance);
    if (command === null || !round.isReachable(instance)) continue;
    if (instance.sentAt !== null && round.now - instance.sentAt < RESEND_MS) continue;
    round.draft.put({ ...instance, sentAt: round.now });
    commands.push(command);
  }
  return commands;
}

function commandFor(instance: Placed): Command | null {
  const { id, node, name, moduleId, revision, resources, run } = instance;
  const address = (verb: string): Address => ({ id: `${id}#${verb}`, instance: id, node });
  switch (instance.phase) {
    case "starting":
      return { ...address("start"), type: "start", name, moduleId, revision, resources, run };
    case "draining":
      return { ...address("drain"), type: "drain" };
    case "stopping":
      return { ...address("stop"), type: "stop" };
    case "ready":
    case "unhealthy":
    case "lost":
      return null;
  }
}
