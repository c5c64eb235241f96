// What every convention is given to call a guest with.
import type { GuestCall } from "#domain/execution.ts";
import type { ExtismHost } from "./extism.ts";
import type { Fuel } from "./fuel.ts";
import type { Sink } from "./stdio.ts";

export type Invocation = {
  readonly instance: WebAssembly.Instance;
  readonly fuel: Fuel;
  readonly request: GuestCall;
  readonly stdout: Sink;
  /** Null for a module that does not ask for it. */
  readonly extism: ExtismHost | null;
};
