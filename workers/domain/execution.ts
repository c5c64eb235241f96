// A call of a guest's function, and what comes of it: the words between the data plane, runners and guests.
import type { GuestArguments } from "./argument.ts";
import type { FaultReport } from "./fault.ts";
import type { Convention, FunctionSignature, ModuleLimits } from "./module.ts";

/** What a runner must know of a module version to run it without asking anybody. */
export type Assignment = {
  readonly moduleId: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly convention: Convention;
  readonly signatures: readonly FunctionSignature[];
  readonly limits: ModuleLimits;
};

export type Call = {
  readonly moduleId: string;
  readonly functionName: string;
  readonly parameters: unknown;
  readonly timeoutMs: number;
};

/** How a guest failed by itself. */
export type GuestFailure = {
  readonly code: "GUEST_TRAP" | "GUEST_GAS" | "GUEST_OUTPUT";
  readonly message: string;
};

export type CallResult = {
  /** JSON text of what the function returned; null when it failed or returned nothing. */
  readonly returnValue: string | null;
  readonly failure: GuestFailure | null;
  readonly durationMs: number;
  readonly memoryUsedBytes: number;
  /** Null after a trap: what was not yet paid when it came is not known. */
  readonly gasUsed: number | null;
};

export type CallAnswer =
  | { readonly type: "result"; readonly result: CallResult }
  /** The node does not hold the version: the caller's route is out of date. */
  | { readonly type: "notAssigned" }
  | { readonly type: "fault"; readonly fault: FaultReport };

/** What the harness in the guest isolate is asked, and what it answers. */
export type GuestCall = {
  readonly function: FunctionSignature;
  readonly arguments: GuestArguments;
  readonly gasBudget: number;
  readonly outputLimitBytes: number;
};

export type GuestAnswer = {
  readonly returnValue: string | null;
  readonly failure: GuestFailure | null;
  readonly memoryUsedBytes: number;
  readonly gasUsed: number | null;
};

/** JSON that a function may return, in bytes. */
export const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
