// Deployments with short periods, and the waiting for what becomes of them.
import type { z } from "@hono/zod-openapi";
import type { executedAnswer } from "#routes/wasm/answer.ts";
import type { deploymentAnswer, eventsAnswer, planAnswer } from "#routes/wasm/deployment-answer.ts";
import type { Answer, Client, Json } from "#test/builders/client.ts";
import { shift } from "#test/builders/users.ts";

export type Deployment = z.infer<typeof deploymentAnswer>;
export type Events = z.infer<typeof eventsAnswer>;
export type Execution = z.infer<typeof executedAnswer>;
export type Plan = z.infer<typeof planAnswer>;

export const DEPLOYMENTS = "/api/v1/wasm/deployments";
export const EXECUTE = "/api/v1/wasm/execute";

const LOOK_MS = 50;
const WAIT_MS = 15_000;

/** Isolates route by what they knew for up to a second. */
export const ROUTE_SETTLE_MS = 1_100;

const developer = shift("Developer", 20);
const viewer = shift("Viewer", 290);
const caller = shift("Viewer", 900);

/** A canary of two stages that bakes for a tenth of a second, except for what the test gives. */
export function request(moduleId: string, region: string, given: Json = {}): Json {
  return {
    moduleId,
    targetRegions: [region],
    strategy: "Canary",
    strategyConfig: { stages: [50, 100], evaluationPeriod: "PT0.1S" },
    ...given,
  };
}

export async function create(body: Json, by?: Client): Promise<Answer<Deployment>> {
  return (by ?? (await developer())).post<Deployment>(DEPLOYMENTS, body);
}

/** A deployment that is under way. */
export async function start(body: Json): Promise<string> {
  const created = await create(body);
  const { deploymentId } = created.body;
  if (created.status !== 201) throw new Error(`not created: ${JSON.stringify(created.body)}`);
  const executed = await steer(deploymentId, "execute");
  if (executed.status !== 202) throw new Error(`not executed: ${JSON.stringify(executed.body)}`);
  return deploymentId;
}

/** A deployment that was executed and has come to its end. */
export async function deploy(body: Json): Promise<Deployment> {
  return until(await start(body), "Completed");
}

/** Puts a version into service at once: what a test needs there before. */
export function serve(moduleId: string, region: string): Promise<Deployment> {
  const strategyConfig = { healthCheckTimeout: "PT0S", keepBlueEnvironment: false };
  return deploy(
    request(moduleId, region, {
      strategy: "BlueGreen",
      strategyConfig,
      healthCheck: { enabled: false },
    }),
  );
}

export async function steer(id: string, verb: string, by?: Client): Promise<Answer<Deployment>> {
  return (by ?? (await developer())).post<Deployment>(`${DEPLOYMENTS}/${id}/${verb}`, {});
}

export async function read(id: string): Promise<Deployment> {
  const { body } = await (await viewer()).get<Deployment>(`${DEPLOYMENTS}/${id}`);
  return body;
}

export async function events(id: string): Promise<Events["events"]> {
  const path = `${DEPLOYMENTS}/${id}/events?limit=100`;
  return (await (await viewer()).get<Events>(path)).body.events;
}

/** The deployment once it has that status; an error that tells what it has instead when it takes too long. */
export async function until(id: string, status: Deployment["status"]): Promise<Deployment> {
  return eventually(
    () => read(id),
    (deployment) => deployment.status === status,
  );
}

/** Once a deployment's traffic has shifted for the first time. */
export async function baking(id: string): Promise<void> {
  await eventually(
    () => events(id),
    (recorded) => recorded.some(({ to }) => to === "baking"),
  );
}

/** What is read once it is as hoped for. */
export async function eventually<Value>(
  look: () => Promise<Value>,
  hoped: (value: Value) => boolean,
  waitMs: number = WAIT_MS,
): Promise<Value> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const value = await look();
    if (hoped(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await scheduler.wait(LOOK_MS);
  }
}

export async function execute(body: Json): Promise<Answer<Execution>> {
  return (await caller()).post<Execution>(EXECUTE, body);
}

/** Calls a function over and over while the work lasts, and answers what came of each call. */
export async function underTraffic<Result>(
  call: Json,
  work: () => Promise<Result>,
): Promise<{ result: Result; answers: Answer<Execution>[] }> {
  const answers: Answer<Execution>[] = [];
  const over = new AbortController();
  const traffic = (async () => {
    while (!over.signal.aborted) {
      answers.push(await execute(call));
      await scheduler.wait(5);
    }
  })();
  try {
    return { result: await work(), answers };
  } finally {
    over.abort();
    await traffic;
  }
}
