// One call on one guest: parameters checked against the real types, a deadline, and every outcome as a value.
import { checkArguments } from "#domain/argument.ts";
import { OUTPUT_BYTES_MAX } from "#domain/execution.ts";
import type { Assignment, Call, CallAnswer, GuestAnswer } from "#domain/execution.ts";
import { gasBudget } from "#domain/gas.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { GuestStub } from "#guest/isolate.ts";
import type { Deadlines } from "#objects/deadline.ts";

export async function invokeGuest(
  on: { guest: GuestStub; deadlines: Deadlines; gasPerMs: number },
  assignment: Assignment,
  call: Call,
): Promise<CallAnswer> {
  const signature = assignment.signatures.find(({ name }) => name === call.functionName);
  if (signature === undefined) return { type: "fault", fault: unknownFunction(assignment, call) };
  const checked = checkArguments(signature, call.parameters);
  if (!checked.ok) {
    const message = `The parameters do not fit ${call.functionName}.`;
    return {
      type: "fault",
      fault: { code: "INVALID_PARAMETERS", message, details: checked.faults },
    };
  }
  const startedAt = performance.now();
  const running = on.guest.call({
    function: signature,
    arguments: checked.values,
    gasBudget: gasBudget(assignment.limits, call.timeoutMs, on.gasPerMs),
    outputLimitBytes: OUTPUT_BYTES_MAX,
  });
  const answer = await on.deadlines.within(call.timeoutMs, running.catch(crashed));
  const durationMs = performance.now() - startedAt;
  // A guest that held the thread can answer before the timer: what took too long is late all the same.
  const held =
    answer !== "late" && answer.failure?.code !== "GUEST_GAS" && durationMs > call.timeoutMs;
  if (answer === "late" || held) {
    const message = `${call.functionName} of ${call.moduleId} did not answer within ${call.timeoutMs} ms.`;
    return { type: "fault", fault: { code: "EXECUTION_TIMEOUT", message, details: [] } };
  }
  return { type: "result", result: { ...answer, durationMs } };
}

/** An isolate that fails as a whole is the guest's own crash. */
function crashed(thrown: unknown): GuestAnswer {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    returnValue: null,
    failure: { code: "GUEST_TRAP", message },
    memoryUsedBytes: 0,
    gasUsed: null,
  };
}

function unknownFunction(assignment: Assignment, call: Call): FaultReport {
  const names = assignment.signatures.map(({ name }) => name).join(", ");
  const message = `${call.moduleId} exports no function ${call.functionName} that can be called; it has ${names || "none"}.`;
  return { code: "FUNCTION_NOT_FOUND", message, details: [] };
}
