// One call on one guest: parameters checked against the real types, a deadline, and every outcome as a value.
import { checkArguments } from "#domain/argument.ts";
import { LOG_BYTES_MAX, OUTPUT_BYTES_MAX } from "#domain/execution.ts";
import type { Assignment, Call, CallAnswer, GuestAnswer, GuestCall } from "#domain/execution.ts";
import { NO_CHAIN } from "#domain/port.ts";
import { gasBudget, sliceGas } from "#domain/gas.ts";
import { Fault } from "#domain/fault.ts";
import { withoutVersion } from "#domain/wasi.ts";
import { filesFor } from "#domain/file.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { FunctionSignature } from "#domain/module.ts";
import type { Deadlines } from "#objects/deadline.ts";
import type { GuestHost } from "./host.ts";

export async function invokeGuest(
  on: { host: GuestHost; deadlines: Deadlines },
  assignment: Assignment,
  call: Call,
): Promise<CallAnswer> {
  const signature = signatureOf(assignment, call.functionName);
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
  const asked = {
    ...grantOf(assignment, call, on.host.gasPerMs),
    function: signature,
    arguments: checked.values,
  };
  const running = on.host.call(assignment, asked, call.chain ?? NO_CHAIN);
  const answer = await on.deadlines.within(call.timeoutMs, running.catch(crashed));
  const durationMs = performance.now() - startedAt;
  if (answer === "late") return timedOut(call, null);
  if (answer instanceof Fault) return { type: "fault", fault: answer.report() };
  if (answer.failure?.code === "GUEST_DEADLINE") return timedOut(call, answer.gasUsed);
  // A guest that could not suspend held the thread: what took too long is late all the same.
  const isHeld = answer.failure?.code !== "GUEST_GAS" && durationMs > call.timeoutMs;
  if (isHeld) return timedOut(call, answer.gasUsed);
  return { type: "result", result: { ...answer, durationMs } };
}

/** What a guest of this version may use and see in one call. */
export function grantOf(
  { name, limits, files: own = [] }: Assignment,
  { id, timeoutMs, files = [] }: Pick<Call, "id" | "timeoutMs" | "files">,
  gasPerMs: number,
): Omit<GuestCall, "function" | "arguments"> {
  return {
    ...(id === undefined ? {} : { id }),
    program: name,
    gas: { budget: gasBudget(limits, timeoutMs, gasPerMs), slice: sliceGas(gasPerMs) },
    timeoutMs,
    bounds: { outputBytesMax: OUTPUT_BYTES_MAX, logBytesMax: LOG_BYTES_MAX },
    environment: limits.environmentVariables ?? {},
    files: {
      access: limits.filesystemAccess,
      preopens: limits.allowedDirectories ?? [],
      files: filesFor(own, files),
    },
  };
}

export function timedOut(
  { functionName, moduleId, timeoutMs }: Call,
  gasUsed: number | null,
): CallAnswer {
  const used = gasUsed === null ? "" : ` It used ${gasUsed} units of gas.`;
  const message = `${functionName} of ${moduleId} did not answer within ${timeoutMs} ms.${used}`;
  const fault: FaultReport = { code: "EXECUTION_TIMEOUT", message, details: [] };
  return gasUsed === null ? { type: "fault", fault } : { type: "fault", fault, gasUsed };
}

/** An isolate that fails as a whole is the guest's own crash; a host that could not run it is not. */
export function crashed(thrown: unknown): GuestAnswer | Fault {
  if (thrown instanceof Fault) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    returnValue: null,
    failure: { code: "GUEST_TRAP", message },
    memoryUsedBytes: 0,
    gasUsed: null,
    stdout: "",
    stderr: "",
    exitCode: null,
  };
}

/** A program is one function under any name; an interface may be named without its version. */
function signatureOf(assignment: Assignment, name: string): FunctionSignature | undefined {
  const [program] = assignment.signatures;
  if (program?.style === "command") return { ...program, name };
  const { signatures } = assignment;
  return (
    signatures.find((signature) => signature.name === name) ??
    signatures.find((signature) => withoutVersion(signature.name) === name)
  );
}

function unknownFunction(assignment: Assignment, call: Call): FaultReport {
  const names = assignment.signatures.map(({ name }) => name).join(", ");
  const message = `${call.moduleId} exports no function ${call.functionName} that can be called; it has ${names || "none"}.`;
  return { code: "FUNCTION_NOT_FOUND", message, details: [] };
}
