// One HTTP request on one guest: within its gas, its deadline and its bounds, with every outcome as a value. The response
// is told as soon as there is one; what is counted is known when the guest has written all of it.
import type { Assignment, Call, CallAnswer, GuestAnswer } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { HTTP_FUNCTION, httpKindOf } from "#domain/http.ts";
import type { GuestServed, HttpRequest, ServeAnswer } from "#domain/http.ts";
import type { FunctionSignature } from "#domain/module.ts";
import type { Deadlines } from "#objects/deadline.ts";
import type { GuestHost } from "./host.ts";
import { crashed, grantOf, timedOut } from "./invoke.ts";

type Place = { readonly host: GuestHost; readonly deadlines: Deadlines };
type Asked = {
  readonly call: Call;
  readonly request: HttpRequest;
  readonly tell: (answer: ServeAnswer) => void;
};

/** A guest that streams ends its own body in time; one that can't be suspended is noticed here. */
const GRACE_MS = 1_000;

/** Faults of a guest that was run; after any other it was not. */
const AFTER_RUN: ReadonlySet<FaultReport["code"]> = new Set([
  "CLIENT_GONE",
  "EXECUTION_TIMEOUT",
  "MODULE_WITHDRAWN",
]);

export async function serveGuest(
  on: Place,
  assignment: Assignment,
  { call, request, tell }: Asked,
): Promise<CallAnswer> {
  const handler = handlerOf(assignment);
  if (handler === null) return { type: "fault", fault: noHandler(assignment) };
  const startedAt = performance.now();
  const given = { ...grantOf(assignment, call, on.host.gasPerMs), function: handler };
  const running = on.host.serve(assignment, given, request);
  const served = await on.deadlines.within(call.timeoutMs, running.catch(failed));
  if (served === "late") return timedOut(call, null);
  if (served instanceof Fault) return { type: "fault", fault: served.report() };
  if (served.type === "refused") return { type: "fault", fault: served.fault };
  if (served.type !== "streaming") {
    const { answer } = served;
    if (served.type === "whole") {
      tell({ type: "response", response: served.response, gasUsed: answer.gasUsed });
    }
    return ended(call, answer, performance.now() - startedAt);
  }
  tell({ type: "response", response: served.response, gasUsed: null });
  const over = served.ended().catch(crashed);
  const answer = await on.deadlines.within(call.timeoutMs + GRACE_MS, over);
  if (answer === "late") return timedOut(call, null);
  if (answer instanceof Fault) return { type: "fault", fault: answer.report() };
  return ended(call, answer, performance.now() - startedAt);
}

/** The answer to a request, of which the first that is told counts, and its status: 0 where there is no response. */
export function reply() {
  const { promise, resolve } = Promise.withResolvers<ServeAnswer>();
  let status = 0;
  const tell = (answer: ServeAnswer): void => {
    if (answer.type === "response") ({ status } = answer.response);
    resolve(answer);
  };
  return { promise, tell, status: () => status };
}

/** What is told of a request that came to no response. */
export function unanswered(assignment: Assignment, answer: CallAnswer): ServeAnswer {
  switch (answer.type) {
    case "notAssigned":
      return answer;
    case "fault": {
      const { fault } = answer;
      return { type: AFTER_RUN.has(fault.code) ? "failed" : "refused", fault };
    }
    case "result":
      return { type: "failed", fault: failureOf(assignment, answer.result) };
  }
}

/** A component's handler goes by its interface; its types are WASI's own. */
function handlerOf(assignment: Assignment): FunctionSignature | null {
  const { signatures } = assignment;
  switch (httpKindOf(assignment)) {
    case "wasi":
      return { name: "wasi:http/incoming-handler", style: "wit", parameters: [], result: null };
    case "json":
      return signatures.find(({ name }) => name === HTTP_FUNCTION) ?? null;
    case "cgi":
      return signatures[0] ?? null;
    case null:
      return null;
  }
}

function noHandler({ moduleId, convention }: Assignment): FaultReport {
  const message = `${moduleId} serves no HTTP: a ${convention} module that exports neither wasi:http/incoming-handler nor ${HTTP_FUNCTION}, and is no program.`;
  return { code: "VALIDATION_ERROR", message, details: [message] };
}

function ended(call: Call, answer: GuestAnswer, durationMs: number): CallAnswer {
  if (answer.failure?.code === "GUEST_DEADLINE") return timedOut(call, answer.gasUsed);
  return { type: "result", result: { ...answer, durationMs } };
}

function failed(thrown: unknown): GuestServed | Fault {
  const answer = crashed(thrown);
  return answer instanceof Fault ? answer : { type: "failed", answer };
}

function failureOf({ moduleId }: Assignment, { failure, stderr }: GuestAnswer): FaultReport {
  const { code, message } = failure ?? { code: "GUEST_RESPONSE", message: "It gave no response." };
  const details = [`${code}: ${message}`, ...(stderr === "" ? [] : [`stderr: ${stderr}`])];
  return { code: "GUEST_FAILED", message: `${moduleId} failed: ${message}`, details };
}
