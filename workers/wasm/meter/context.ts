// What the bodies of a module need to know of the rest of it, gathered once the sections before the
// code are read: how many indices there are, what calls cost, how wide memories and tables are.
import type { CoreDraft, FunctionType } from "#wasm/core/module.ts";
import { functionTypeOf } from "#wasm/core/module.ts";
import { valueTypeText } from "#wasm/core/value-type.ts";
import { addedFunctions } from "./added.ts";
import type { AddedFunctions } from "./added.ts";

export type Caps = {
  // Over all memories, and over all tables.
  readonly memoryPagesMax: number;
  readonly tableElementsMax: number;
  // Whether the host lends the memory of a module that has one of ordinary size.
  readonly lendsMemory?: boolean;
};

export type Space = {
  readonly wide: readonly boolean[];
  // Whether the cap must be kept at each grow, because no single maximum can keep it.
  readonly shared: boolean;
  readonly most: number;
};

export type Context = {
  readonly draft: CoreDraft;
  readonly gas: number;
  readonly added: AddedFunctions;
  readonly memories: Space;
  readonly tables: Space;
  // What a call of an imported function costs beside the call itself.
  readonly importGas: readonly number[];
  // The most that a call through a reference of a type can cost so.
  readonly referenceGas: (type: number) => number;
};

export type HostGas = (module: string, name: string) => number;

export function contextOf(draft: CoreDraft, caps: Caps, hostGas: HostGas): Context {
  const importGas = draft.imports
    .filter(({ extern }) => extern.kind === "func")
    .map(({ module, name }) => hostGas(module, name));
  return {
    draft,
    gas: draft.globals.length,
    added: addedFunctions(draft),
    memories: {
      wide: draft.memories.map(({ memory64 }) => memory64),
      shared: draft.memories.length > 1,
      most: caps.memoryPagesMax,
    },
    tables: {
      wide: draft.tables.map(({ table64 }) => table64),
      shared: draft.tables.length > 1,
      most: caps.tableElementsMax,
    },
    importGas,
    referenceGas: referenceGas(draft, importGas),
  };
}

function referenceGas(draft: CoreDraft, importGas: readonly number[]): (type: number) => number {
  const most = new Map<string, number>();
  for (const index of draft.referencedImports) {
    const type = functionTypeOf(draft, index);
    if (type === undefined) continue;
    const text = typeText(type);
    most.set(text, Math.max(most.get(text) ?? 0, importGas[index] ?? 0));
  }
  if (most.size === 0) return () => 0;
  const byIndex = draft.types.map((type) =>
    type.kind === "func" ? (most.get(typeText(type)) ?? 0) : 0,
  );
  return (index) => byIndex[index] ?? 0;
}

// Equal types can stand at several indices.
function typeText({ parameters, results }: FunctionType): string {
  return `${parameters.map(valueTypeText).join(",")}->${results.map(valueTypeText).join(",")}`;
}
