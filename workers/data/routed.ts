// A call by a module's route: the route as it is known here, a choice, and one more try with the route read anew where
// the runner that was chosen does not hold the version.
import { choose } from "#domain/choice.ts";
import type { Choice, Known, Question } from "#domain/choice.ts";
import { Fault } from "#domain/fault.ts";
import { parseModuleReference } from "#domain/module.ts";
import { versionOf } from "#domain/variant.ts";
import { refreshRoute, routeOf } from "./route-cache.ts";

export type Asked = {
  /** A version's id or a module's name. */
  readonly module: string;
  readonly region: string | null;
  readonly stickyKey: string | null;
  /** Throws where the caller may not reach the version that was chosen: the request may have named it otherwise. */
  readonly permit?: (moduleId: string) => Promise<void>;
};

/** Calls in flight from this isolate: what "the less busy one" goes by. */
const inFlight = new Map<string, number>();

/** `call` answers null when the runner does not hold the version. */
export async function routed<Answer>(
  env: Env,
  asked: Asked,
  call: (choice: Choice) => Promise<Answer | null>,
): Promise<{ answer: Answer; choice: Choice }> {
  const question = questionOf(asked);
  const permitted = async (choice: Choice): Promise<Answer | null> => {
    await asked.permit?.(versionOf(choice.moduleId));
    return call(choice);
  };
  const first = await attempt(question, await routeOf(env, question.moduleName), permitted);
  if (first !== null) return first;
  const second = await attempt(question, await refreshRoute(env, question.moduleName), permitted);
  if (second !== null) return second;
  const message = `Module ${asked.module} is being moved; try again.`;
  throw new Fault("MODULE_NOT_DEPLOYED", message, { retryAfterSeconds: 1 });
}

/** Begins to read what a call of it will be routed by. */
export function expectRoute(env: Env, module: string): void {
  const reference = parseModuleReference(module);
  // Who calls meets the failure.
  if (reference !== null) routeOf(env, reference.name).catch(() => undefined);
}

function questionOf({ module, region, stickyKey }: Asked): Question {
  const reference = parseModuleReference(module);
  if (reference === null) {
    const message = `Module ${JSON.stringify(module)} is neither a name nor a name with a version such as image-processor-v1.2.0.`;
    throw new Fault("VALIDATION_ERROR", message);
  }
  const { name, version } = reference;
  return { moduleName: name, moduleId: version === null ? null : module, region, stickyKey };
}

/** One choice and one call, counted as in flight on its node while it lasts. */
export async function attempt<Answer>(
  question: Question,
  known: Known,
  call: (choice: Choice) => Promise<Answer | null>,
): Promise<{ answer: Answer; choice: Choice } | null> {
  const choice = choose(question, known, {
    random: Math.random,
    inFlight: (nodeId) => inFlight.get(nodeId) ?? 0,
  });
  const { nodeId } = choice;
  inFlight.set(nodeId, (inFlight.get(nodeId) ?? 0) + 1);
  try {
    const answer = await call(choice);
    return answer === null ? null : { answer, choice };
  } finally {
    const left = (inFlight.get(nodeId) ?? 1) - 1;
    if (left > 0) inFlight.set(nodeId, left);
    else inFlight.delete(nodeId);
  }
}
