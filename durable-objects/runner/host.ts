// Where a node's guests run: the one thing that a node inside of the platform and one outside of it differ in.
import type { Assignment, GuestAnswer, GuestCall } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { Chain } from "#domain/port.ts";
import type { GuestServe, GuestServed, HttpRequest } from "#domain/http.ts";

export interface GuestHost {
  /** What a core of it does in a millisecond: limits in seconds become gas by it. */
  readonly gasPerMs: number;
  /** Distinct guests that it runs at once. */
  readonly guestsInFlightMax: number;
  /** Fetches the artifact, checks it and starts it. Throws a Fault that says why it could not. */
  load(assignment: Assignment): Promise<void>;
  /** Lets go of what was loaded; nothing of it need be there. */
  unload(moduleId: string): void;
  /** The next call has a guest that nobody called before, made from the artifact as it is kept. */
  renew(assignment: Assignment): void;
  /**
   * Throws a Fault where the guest never ran or was lost with its host; whatever else it throws is the guest's own crash.
   * `chain`: what led to it.
   */
  call(assignment: Assignment, request: GuestCall, chain: Chain): Promise<GuestAnswer>;
  /** As `call`, for an HTTP request, which nothing inside led to. */
  serve(assignment: Assignment, given: GuestServe, request: HttpRequest): Promise<GuestServed>;
  /** Ends a call at its next slice; nothing of it need be there. */
  cancel(assignment: Assignment, callId: string): Promise<void>;
}

export function faultOf(thrown: unknown): FaultReport {
  if (thrown instanceof Fault) return thrown.report();
  return { code: "UNAVAILABLE", message: messageOf(thrown), details: [] };
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function warn(what: string): (cause: unknown) => void {
  return (cause) => console.warn(what, messageOf(cause));
}
