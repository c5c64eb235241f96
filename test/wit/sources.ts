import type { WitInterface } from "#wasm/wit/interface.ts";
import { parseWit, type WitFault } from "#wasm/wit/parse.ts";
import type { WitSource } from "#wasm/wit/compose.ts";

export function source(text: string, changes: Partial<WitSource> = {}): WitSource {
  return { namespace: "wasi:custom", name: "image", version: "0.1.0", ...changes, text };
}

/** The interface `image` with the given body, read. */
export async function read(
  body: string,
  dependencies: readonly WitSource[] = [],
): Promise<WitInterface> {
  return readSource(source(`interface image { ${body} }`), dependencies);
}

export async function readSource(
  from: WitSource,
  dependencies: readonly WitSource[] = [],
): Promise<WitInterface> {
  const result = await parseWit(from, dependencies);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.interface;
}

export async function faultOf(
  from: WitSource,
  dependencies: readonly WitSource[] = [],
): Promise<WitFault | undefined> {
  const result = await parseWit(from, dependencies);
  return result.ok ? undefined : result.faults[0];
}

export const streams = source(
  "interface streams { use error.{error}; resource input-stream { read: func() -> result<list<u8>, error>; } }",
  { namespace: "wasi:io", name: "streams", version: "0.2.0" },
);

export const ioError = source("package wasi:io@0.2.0; interface error { resource error; }", {
  namespace: "wasi:io",
  name: "error",
  version: "0.2.0",
});
