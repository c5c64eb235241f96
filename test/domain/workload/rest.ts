// How a world of a workload comes to rest, from wherever it is.
import { reconcile } from "#domain/workload/reconcile.ts";
import { NODES, take } from "./happenings.ts";
import type { World } from "./world.ts";

/** Faults end, every node is back and open: tells how what runs then differs from what is wanted. */
export function faultsAtRest(world: World): string[] {
  const { kind } = world.workload;
  world.fate = () => "obey";
  if (kind.type !== "job" && kind.type !== "cronjob") world.rest();
  for (const id of NODES) take(world, { does: "revive", node: id, isReset: false });
  if (kind.type === "cronjob") take(world, { does: "stop", isStopped: true });
  take(world, { does: "spread", isOn: false });
  take(world, { does: "constrain", isOn: false });
  world.rest();
  world.beat();
  world.rest();
  const ready = world.ids("ready").sort().join(" ");
  const running = world.alive().sort().join(" ");
  const count = world.ids("ready").length;
  const { status } = reconcile(world.workload, world, world.now);
  const told = {
    known: world.state.instances.length,
    current: status.current,
    desired: status.desired,
  };
  return [
    ...(running === ready ? [] : [`${running} run, and ${ready} are ready`]),
    ...Object.entries(told)
      .filter(([, number]) => number !== count)
      .map(([what, number]) => `${count} are ready, and ${number} ${what}`),
  ];
}
