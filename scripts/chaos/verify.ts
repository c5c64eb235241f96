// Gathers the facts of a world at rest and has them judged.
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_NODES } from "#scripts/nodes.ts";
import { assignmentFaults, endFaults, historyFaults, routeFaults } from "./judge.ts";
import type { Event } from "./judge.ts";
import type { Lane, Report } from "./lane.ts";
import type { World } from "./world.ts";

/** What follows an end (its own record, giving back the claim, letting versions go) is done after this. */
const REST_MS_MAX = 8_000;
/** Isolates may route by what they knew for up to 1 s. */
const STALE_MS_MAX = 1_500;
/** Health tells what was loaded at the last beat, and a node beats every 30 s. */
const BEAT_MS_MAX = 45_000;
const POLL_MS = 100;
const EVENTS_PAGE = 100;

const REGIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Map.groupBy(LOCAL_NODES, ({ region }) => region)
    .entries()
    .map(([region, nodes]) => [region, nodes.map(({ nodeId }) => nodeId)]),
);

/** After a round: every end is right, every history whole, every region served by what should serve it. */
export async function verifyRound(
  world: World,
  reports: readonly Report[],
  lanes: readonly Lane[],
): Promise<void> {
  for (const report of reports) {
    const events = await historyOf(world, report.deploymentId);
    for (const fault of endFaults(report, events)) world.violated(fault);
    await atRest(world, REST_MS_MAX, async () =>
      historyFaults(report, await historyOf(world, report.deploymentId)),
    );
  }
  await atRest(world, REST_MS_MAX, () => routesAtRest(world, lanes));
  const kept = new Set(world.storage.moduleIds());
  for (const id of lanes.flatMap((lane) => lane.registered)) {
    if (!kept.has(id)) world.violated(`${id} was acknowledged, and is not there any more.`);
  }
  await atRest(world, STALE_MS_MAX, async () =>
    (await Promise.all(lanes.map((lane) => answerFaults(world, lane)))).flat(),
  );
}

/** At the end of all: nodes hold exactly what is routed to them, by their storage and by their own word. */
export async function verifyNodes(world: World, lanes: readonly Lane[]): Promise<void> {
  const { runners } = await world.runtime.up();
  const routed = lanes.flatMap(({ stable }) => (stable === null ? [] : [stable.moduleId]));
  await atRest(world, REST_MS_MAX, () =>
    Object.entries(runners).flatMap(([node, objectId]) => {
      const { held, retiring } = world.storage.assignments(objectId);
      return assignmentFaults(node, [...held, ...retiring], routed);
    }),
  );
  await atRest(world, BEAT_MS_MAX, async () => {
    const faults = await Promise.all(
      Object.keys(runners).map(async (node) => {
        const { body } = await world.ask("GET", `/api/v1/wasm/nodes/${node}/health`);
        const { modulesLoaded, status } = body;
        return modulesLoaded === routed.length && status === "Healthy"
          ? []
          : [
              `${node} is ${String(status)} with ${String(modulesLoaded)} modules; ${routed.length} are routed to it.`,
            ];
      }),
    );
    return faults.flat();
  });
}

async function historyOf(world: World, id: string): Promise<Event[]> {
  const all: Event[] = [];
  for (;;) {
    const { body } = await world.ask(
      "GET",
      `/api/v1/wasm/deployments/${id}/events?limit=${EVENTS_PAGE}&offset=${all.length}`,
    );
    const { events, total } = body as { events: Event[]; total: number };
    all.push(...events);
    if (all.length >= total || events.length === 0) return all;
  }
}

function routesAtRest(world: World, lanes: readonly Lane[]): string[] {
  const routes = world.storage.routes();
  return lanes.flatMap(({ moduleName, stable }) =>
    routeFaults(routes, { moduleName, moduleId: stable?.moduleId ?? null }, REGIONS),
  );
}

/** A call by name is answered in every region by the version that should stand there: by what no version traps at. */
async function answerFaults(world: World, { moduleName, stable }: Lane): Promise<string[]> {
  const faults: string[] = [];
  if (stable === null) return faults;
  for (const targetRegion of REGIONS.keys()) {
    const { status, body } = await world.ask("POST", "/api/v1/wasm/execute", {
      moduleId: moduleName,
      functionName: "health_check",
      parameters: [],
      targetRegion,
    });
    if (status === 200 && body["returnValue"] === String(stable.number)) continue;
    faults.push(
      `${moduleName} in ${targetRegion} should be answered by ${stable.moduleId}, and got ${status}: ${JSON.stringify(body)}`,
    );
  }
  return faults;
}

/** Looks until nothing is wrong; what still is at the end was violated. */
async function atRest(
  world: World,
  msMax: number,
  look: () => string[] | Promise<string[]>,
): Promise<void> {
  const until = Date.now() + msMax;
  for (;;) {
    const faults = await look();
    if (faults.length === 0) return;
    if (Date.now() > until) {
      for (const fault of faults) world.violated(fault);
      return;
    }
    await sleep(POLL_MS);
  }
}
