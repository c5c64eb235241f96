// The model of a decoded core module: what a section reader adds to and what a caller reads.
// It holds facts of the binary only, no judgement about them and none of its bytes.
import type { ByteRange } from "#wasm/cursor.ts";
import type { ReferenceType, ValueType } from "./value-type.ts";

export type FunctionType = {
  readonly kind: "func";
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
};

export type DefinedType = FunctionType | { readonly kind: "struct" } | { readonly kind: "array" };

export type TableType = {
  readonly element: ReferenceType;
  readonly minimum: bigint;
  readonly maximum: bigint | null;
  readonly table64: boolean;
};

export type MemoryType = {
  readonly initialPages: number;
  readonly maximumPages: number | null;
  readonly shared: boolean;
  readonly memory64: boolean;
};

export type GlobalType = { readonly type: ValueType; readonly mutable: boolean };

// What an import brings; functions and tags name a defined type.
export type Extern =
  | { readonly kind: "func"; readonly type: number }
  | { readonly kind: "table"; readonly type: TableType }
  | { readonly kind: "memory"; readonly type: MemoryType }
  | { readonly kind: "global"; readonly type: GlobalType }
  | { readonly kind: "tag"; readonly type: number };

export type ExternKind = Extern["kind"];

type CoreImport = {
  readonly module: string;
  readonly name: string;
  readonly extern: Extern;
};

type CoreExport = {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
};

// `instructions` is where the local declarations end and the code starts.
type CodeBody = ByteRange & { readonly instructions: number };

type SectionRange = ByteRange & { readonly id: number };

type CustomSection = ByteRange & { readonly name: string };

// What the name section tells of functions that exist.
export type CoreNames = {
  readonly module: string | null;
  readonly functions: ReadonlyMap<number, string>;
  readonly parameters: ReadonlyMap<number, ReadonlyMap<number, string>>;
};

export type Feature = "threads" | "gc" | "memory64" | "multi-memory" | "exceptions";

// Index spaces list the imported entries first; every range is an offset into the whole file.
// `referencedImports` are the imported functions that exports, elements and constant expressions
// name, which are those that can be called through a reference.
export type CoreModule = {
  readonly types: readonly DefinedType[];
  readonly imports: readonly CoreImport[];
  readonly exports: readonly CoreExport[];
  readonly functionTypes: readonly number[];
  readonly importedFunctions: number;
  readonly tables: readonly TableType[];
  readonly memories: readonly MemoryType[];
  readonly globals: readonly GlobalType[];
  readonly tagTypes: readonly number[];
  readonly start: number | null;
  readonly elementSegments: number;
  readonly dataSegments: number;
  readonly dataCount: number | null;
  readonly bodies: readonly CodeBody[];
  readonly sections: readonly SectionRange[];
  readonly customSections: readonly CustomSection[];
  readonly names: CoreNames;
  readonly features: ReadonlySet<Feature>;
  readonly tableLimits: readonly ByteRange[];
  readonly memoryLimits: readonly ByteRange[];
  readonly referencedImports: ReadonlySet<number>;
};

// A module while its sections are read, one by one in the binary's order.
export type CoreDraft = {
  types: DefinedType[];
  imports: CoreImport[];
  exports: CoreExport[];
  functionTypes: number[];
  importedFunctions: number;
  tables: TableType[];
  memories: MemoryType[];
  globals: GlobalType[];
  tagTypes: number[];
  start: number | null;
  elementSegments: number;
  dataSegments: number;
  dataCount: number | null;
  bodies: CodeBody[];
  sections: SectionRange[];
  customSections: CustomSection[];
  names: CoreNames;
  features: Set<Feature>;
  tableLimits: ByteRange[];
  memoryLimits: ByteRange[];
  referencedImports: Set<number>;
};

const noNames: CoreNames = { module: null, functions: new Map(), parameters: new Map() };

export function emptyDraft(): CoreDraft {
  return {
    types: [],
    imports: [],
    exports: [],
    functionTypes: [],
    importedFunctions: 0,
    tables: [],
    memories: [],
    globals: [],
    tagTypes: [],
    start: null,
    elementSegments: 0,
    dataSegments: 0,
    dataCount: null,
    bodies: [],
    sections: [],
    customSections: [],
    names: noNames,
    features: new Set(),
    tableLimits: [],
    memoryLimits: [],
    referencedImports: new Set(),
  };
}

export function functionTypeOf(
  module: CoreModule | CoreDraft,
  index: number,
): FunctionType | undefined {
  const typeIndex = module.functionTypes[index];
  if (typeIndex === undefined) return undefined;
  const type = module.types[typeIndex];
  return type?.kind === "func" ? type : undefined;
}
