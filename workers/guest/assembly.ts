// All modules of a guest, as its isolate or its thread is loaded with them: its own parts, and what it is run with.
import type { Prepared } from "#domain/prepared.ts";

export type Harness = {
  /** The module that begins, by its name and its text. */
  readonly name: string;
  readonly source: string;
  readonly digest: string;
  /** What stands in the slot where gas runs short. */
  readonly yielder: Uint8Array<ArrayBuffer>;
};

export type Piece = { readonly name: string } & (
  | { readonly kind: "js"; readonly text: string }
  | { readonly kind: "wasm"; readonly bytes: Uint8Array<ArrayBuffer> }
);

/** Ours come last, so that no part of a guest takes its harness's place. */
export function assemble(harness: Omit<Harness, "digest">, { entry, parts }: Prepared): Piece[] {
  const own = parts.map(({ name, kind, bytes }): Piece => {
    return kind === "wasm" ? { name, kind, bytes } : { name, kind, text: textOf(bytes) };
  });
  const ours: Piece[] = [
    ...(entry === "component" ? [coresOf(parts)] : []),
    { name: "yielder.wasm", kind: "wasm", bytes: harness.yielder.slice() },
    { name: harness.name, kind: "js", text: harness.source },
  ];
  return [...own, ...ours];
}

/** The core modules of a component by the names that its glue asks for. */
function coresOf(parts: Prepared["parts"]): Piece {
  const names = parts.flatMap(({ name, kind }) => (kind === "wasm" ? [name] : []));
  const lines = names.map((name, index) => `import core${index} from "./${name}";`);
  const table = names.map((name, index) => `"${name}": core${index}`).join(", ");
  return {
    name: "cores.js",
    kind: "js",
    text: [...lines, `export const cores = { ${table} };`].join("\n"),
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
