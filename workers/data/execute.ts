// One call through the data plane: route, node, runner. On a warm path it asks nobody but the runner.
import { waitUntil } from "cloudflare:workers";
import { whole } from "#domain/brief.ts";
import type { Choice } from "#domain/choice.ts";
import type { CallAnswer, CallResult } from "#domain/execution.ts";
import type { GivenFile } from "#domain/file.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import { versionOf } from "#domain/variant.ts";
import { runnerOf } from "#stores/objects.ts";
import { routed } from "./routed.ts";
import type { Asked } from "./routed.ts";

export type Execution = Asked & {
  readonly functionName: string;
  readonly parameters: unknown;
  readonly files?: readonly GivenFile[];
  /** Null: as long as the module's own limit allows. */
  readonly timeoutSeconds: number | null;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
};

export type Executed = CallResult & { readonly moduleId: string; readonly nodeId: string };

/** A refusal by a runner means that the route has changed since it was read: it is read again, once. */
export async function execute(env: Env, execution: Execution): Promise<Executed> {
  const { answer, choice } = await routed(env, execution, (choice) => call(env, execution, choice));
  return { ...answer, moduleId: versionOf(choice.moduleId), nodeId: choice.nodeId };
}

/** Null when the runner does not hold the version. */
async function call(env: Env, execution: Execution, choice: Choice): Promise<CallResult | null> {
  const { moduleId, nodeId } = choice;
  const timeoutMs = 1000 * timeoutOf(execution, choice);
  const { functionName, parameters, files = [], gone } = execution;
  const runner = runnerOf(env, nodeId);
  const id = crypto.randomUUID();
  const leave = () => waitUntil(runner.cancel(id));
  gone.addEventListener("abort", leave);
  try {
    const call = { id, moduleId, functionName, parameters, timeoutMs, files };
    const answer: CallAnswer = whole(await runner.invokeBriefly(call));
    if (answer.type === "notAssigned") return null;
    if (answer.type === "fault") throw faultFrom(answer.fault);
    return answer.result;
  } finally {
    gone.removeEventListener("abort", leave);
  }
}

function timeoutOf({ timeoutSeconds }: Execution, { maxSeconds, moduleId }: Choice): number {
  if (timeoutSeconds === null) return maxSeconds;
  if (timeoutSeconds <= maxSeconds) return timeoutSeconds;
  const message = `timeout is ${timeoutSeconds} s; maxExecutionTimeSeconds of ${moduleId} is ${maxSeconds}.`;
  throw new Fault("VALIDATION_ERROR", message, { details: [message] });
}
