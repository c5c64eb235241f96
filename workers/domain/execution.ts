// A call of a guest's function, and what comes of it: the words between the data plane, runners and guests.
import type { GuestArguments } from "./argument.ts";
import type { FaultReport } from "./fault.ts";
import type { GivenFile } from "./file.ts";
import type { Grant } from "./link.ts";
import type { Chain } from "./port.ts";
import type { Convention, FunctionSignature, Module, ModuleLimits } from "./module.ts";

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
  /** What the links of its workload lead to; absent where there are none. */
  readonly grants?: readonly Grant[];
  /** The module's own; an order of before there were any has none. */
  readonly files?: readonly GivenFile[];
};

export function assignmentOf(module: Module): Assignment {
  const { id, name, version, digest, sizeBytes, convention, signatures, limits, files } = module;
  return { moduleId: id, name, version, digest, sizeBytes, convention, signatures, limits, files };
}

export type Call = {
  /** By this the caller can cancel it. */
  readonly id?: string;
  readonly moduleId: string;
  /** The instance that is meant, with its workload's configuration; without one, whoever holds the version. */
  readonly instance?: string;
  /** In place of an instance: any of this workload, else what a rollout has brought. */
  readonly workload?: string;
  readonly functionName: string;
  readonly parameters: unknown;
  readonly timeoutMs: number;
  /** What led to it; nothing without it. */
  readonly chain?: Chain;
  /** Put into the guest's file tree, as far as its limits allow one. */
  readonly files?: readonly GivenFile[];
};

/** What a guest may see of a file tree: these directories, with these files in them. */
export type FileGrant = {
  readonly access: ModuleLimits["filesystemAccess"];
  readonly preopens: readonly string[];
  readonly files: readonly GivenFile[];
};

/** How a guest failed by itself. */
export type GuestFailure = {
  readonly code:
    | "GUEST_TRAP"
    | "GUEST_GAS"
    | "GUEST_OUTPUT"
    | "GUEST_EXIT"
    | "GUEST_DEADLINE"
    | "GUEST_CANCELLED"
    | "GUEST_STACK"
    | "GUEST_MEMORY"
    /** What a link leads to has not answered. */
    | "GUEST_LINK"
    /** What it gave is no HTTP response. */
    | "GUEST_RESPONSE";
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
  /** What it wrote, up to a bound; a cut says so. */
  readonly stdout: string;
  readonly stderr: string;
  /** Of a WASI program; null for other guests and where it did not come to an end. */
  readonly exitCode: number | null;
};

export type CallAnswer =
  | { readonly type: "result"; readonly result: CallResult }
  /** The node does not hold the version: the caller's route is out of date. */
  | { readonly type: "notAssigned" }
  /** `gasUsed` by a call that was ended from outside, as far as it is known. */
  | { readonly type: "fault"; readonly fault: FaultReport; readonly gasUsed?: number };

/** What a call may use in all, and between two turns of the event loop. */
export type GasGrant = { readonly budget: number; readonly slice: number };

/** What the harness in the guest isolate is asked, and what it answers. */
export type GuestCall = {
  /** Unique in the world; a call without one can't be cancelled. */
  readonly id?: string;
  /** The module's name: what a program finds as its own. */
  readonly program: string;
  readonly function: FunctionSignature;
  readonly arguments: GuestArguments;
  readonly gas: GasGrant;
  /** Wall clock, looked at whenever the guest suspends. */
  readonly timeoutMs: number;
  readonly bounds: { readonly outputBytesMax: number; readonly logBytesMax: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly files: FileGrant;
};

export type GuestAnswer = Omit<CallResult, "durationMs">;

/** About how long an answer is when it is written out. */
export function lengthOf({ returnValue, stdout, stderr }: GuestAnswer): number {
  return (returnValue?.length ?? 0) + stdout.length + stderr.length;
}

/** JSON that a function may return, in bytes. */
export const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
/** What is kept of a guest's stderr, and of its stdout where that is not its result, in bytes. */
export const LOG_BYTES_MAX = 64 * 1024;
