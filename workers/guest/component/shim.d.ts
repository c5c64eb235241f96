// What scripts/http-shim.ts makes of preview2-shim's wasi:http, as far as it is used here.
declare module "edgeloom:http" {
  import type { OutgoingBody } from "#guest/component/outgoing-body.ts";
  import type { types as Shim } from "@bytecodealliance/preview2-shim/http";

  /** What the guest set: a response, or one of WASI's error codes. */
  export type Outcome =
    | {
        readonly status: number;
        readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
        readonly body: OutgoingBody | null;
      }
    | { readonly tag: string; readonly val?: unknown };

  export const types: typeof Shim;
  export const outgoingHandler: { readonly handle: (...values: never[]) => unknown };
  /** A request as the guest sees it; its body is read as it comes. */
  export function incomingRequestCreate(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  }): unknown;
  export function responseOutparamCreate(): [parameter: unknown, outcome: Promise<Outcome>];
}
