// What is known of a module from its bytes alone, as plain JSON that is stored at registration.
// Every way of calling a guest is a member of a closed union, so that none is guessed per call.

import type { Convention } from "#domain/module.ts";
import type { CallTypes } from "./component/signature.ts";

export type Wasi = "none" | "preview1" | "preview2";

// How a core module's function is called: by numbers, by JSON in memory, or not at all.
export type CallStyle = "numbers" | "json" | "none";

type Parameter = { readonly name: string | null; readonly type: string };

// A component's function is called by its WIT types, or not at all for a reason.
export type FunctionSignature = {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly results: readonly string[];
} & (
  | { readonly style: "numbers" | "json" }
  | { readonly style: "none"; readonly reason?: string }
  | { readonly style: "wit"; readonly wit: CallTypes }
);

export type InspectedMemory = {
  readonly initialPages: number;
  readonly maximumPages: number | null;
};

// `unsupported` gives each reason why the guest can't run here; it can when there is none.
export type InspectedModule = {
  readonly ok: true;
  readonly kind: "core" | "component";
  readonly wasi: Wasi;
  readonly interfaces: readonly string[];
  // Those of them that somebody must provide: a component may import one for its types alone.
  readonly required: readonly string[];
  readonly functions: readonly FunctionSignature[];
  readonly memory: InspectedMemory | null;
  readonly convention: Convention;
  readonly unsupported: readonly string[];
};

export type Inspection =
  | InspectedModule
  | { readonly ok: false; readonly faults: readonly string[] };
