// One call through the data plane: route, node, runner. On a warm path it asks nobody but the runner.
import { waitUntil } from "cloudflare:workers";
import { choose } from "#domain/choice.ts";
import type { Choice, Question } from "#domain/choice.ts";
import type { CallResult, GivenFile } from "#domain/execution.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import { parseModuleReference } from "#domain/module.ts";
import { runnerOf } from "#stores/objects.ts";
import { refreshRoute, routeOf } from "./route-cache.ts";

export type Execution = {
  /** A version's id or a module's name. */
  readonly module: string;
  readonly functionName: string;
  readonly parameters: unknown;
  readonly files?: readonly GivenFile[];
  readonly region: string | null;
  readonly stickyKey: string | null;
  /** Null: as long as the module's own limit allows. */
  readonly timeoutSeconds: number | null;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
};

export type Executed = CallResult & { readonly moduleId: string; readonly nodeId: string };

/** Calls in flight from this isolate: what "the less busy one" goes by. */
const inFlight = new Map<string, number>();

/** A refusal by a runner means that the route has changed since it was read: it is read again, once. */
export async function execute(env: Env, execution: Execution): Promise<Executed> {
  const question = questionOf(execution);
  const route = await routeOf(env, question.moduleName);
  const first = await call(env, execution, decide(question, route));
  if (first !== null) return first;
  const refreshed = await refreshRoute(env, question.moduleName);
  const second = await call(env, execution, decide(question, refreshed));
  if (second !== null) return second;
  const message = `Module ${execution.module} is being moved; try again.`;
  throw new Fault("MODULE_NOT_DEPLOYED", message, { retryAfterSeconds: 1 });
}

function questionOf({ module, region, stickyKey }: Execution): Question {
  const reference = parseModuleReference(module);
  if (reference === null) {
    const message = `Module ${JSON.stringify(module)} is neither a name nor a name with a version such as image-processor-v1.2.0.`;
    throw new Fault("VALIDATION_ERROR", message);
  }
  const { name, version } = reference;
  return { moduleName: name, moduleId: version === null ? null : module, region, stickyKey };
}

function decide(question: Question, route: Parameters<typeof choose>[1]): Choice {
  return choose(question, route, {
    random: Math.random,
    inFlight: (nodeId) => inFlight.get(nodeId) ?? 0,
  });
}

/** Null when the runner does not hold the version. */
async function call(env: Env, execution: Execution, choice: Choice): Promise<Executed | null> {
  const { moduleId, nodeId } = choice;
  const timeoutMs = 1000 * timeoutOf(execution, choice);
  const { functionName, parameters, files = [], gone } = execution;
  const runner = runnerOf(env, nodeId);
  const id = crypto.randomUUID();
  const leave = () => waitUntil(runner.cancel(id));
  gone.addEventListener("abort", leave);
  inFlight.set(nodeId, (inFlight.get(nodeId) ?? 0) + 1);
  try {
    const answer = await runner.invoke({
      id,
      moduleId,
      functionName,
      parameters,
      timeoutMs,
      files,
    });
    if (answer.type === "notAssigned") return null;
    if (answer.type === "fault") throw faultFrom(answer.fault);
    return { ...answer.result, moduleId, nodeId };
  } finally {
    gone.removeEventListener("abort", leave);
    const left = (inFlight.get(nodeId) ?? 1) - 1;
    if (left > 0) inFlight.set(nodeId, left);
    else inFlight.delete(nodeId);
  }
}

function timeoutOf({ timeoutSeconds }: Execution, { maxSeconds, moduleId }: Choice): number {
  if (timeoutSeconds === null) return maxSeconds;
  if (timeoutSeconds <= maxSeconds) return timeoutSeconds;
  const message = `timeout is ${timeoutSeconds} s; maxExecutionTimeSeconds of ${moduleId} is ${maxSeconds}.`;
  throw new Fault("VALIDATION_ERROR", message, { details: [message] });
}
