// Lowers the maxima of a module's memories and tables to what it is allowed, and refuses one that
// starts above it. A lone memory or table is capped by its maximum; several share their cap.
import { WasmFault } from "#wasm/cursor.ts";
import type { ByteRange } from "#wasm/cursor.ts";
import type { CoreDraft } from "#wasm/core/module.ts";
import { valueTypeText } from "#wasm/core/value-type.ts";
import type { Caps } from "./context.ts";
import { Writer } from "./writer.ts";

export type Splice = ByteRange & { readonly bytes: Uint8Array };

type Limits = { readonly minimum: number; readonly maximum: number | null; readonly wide: boolean };

type Limited = {
  readonly what: "memory" | "table";
  readonly unit: "pages" | "elements";
  readonly limits: readonly Limits[];
  readonly ranges: readonly ByteRange[];
  readonly most: number;
};

// What takes the place of the limits that were read into the draft from its `from`th range on.
export function cappedLimits(
  draft: CoreDraft,
  caps: Caps,
  from: { readonly memories: number; readonly tables: number },
): Splice[] {
  // Among the imports memories and tables stand in any order.
  return [
    ...lowered(memoriesOf(draft, caps), from.memories),
    ...lowered(tablesOf(draft, caps), from.tables),
  ].sort((one, other) => one.start - other.start);
}

export type ImportedLimits = {
  readonly module: string;
  readonly name: string;
  readonly kind: "memory" | "table";
  readonly minimum: number;
  readonly maximum: number;
  // Whether it is addressed by 64 bits.
  readonly wide: boolean;
  // What a table holds, in the text format's words.
  readonly element: string | null;
};

// What the host has to hand in: with a larger maximum than this the module doesn't link.
export function importedLimits(draft: CoreDraft, caps: Caps): ImportedLimits[] {
  const found: ImportedLimits[] = [];
  const spaces = { memory: memoriesOf(draft, caps), table: tablesOf(draft, caps) };
  const next = { memory: 0, table: 0 };
  for (const { module, name, extern } of draft.imports) {
    if (extern.kind !== "memory" && extern.kind !== "table") continue;
    const space = spaces[extern.kind];
    const index = next[extern.kind];
    next[extern.kind] += 1;
    const { minimum = 0, wide = false } = space.limits[index] ?? {};
    const element = extern.kind === "table" ? valueTypeText(extern.type.element) : null;
    const maximum = maximumOf(space, index);
    found.push({ module, name, kind: extern.kind, minimum, maximum, wide, element });
  }
  return found;
}

function memoriesOf(draft: CoreDraft, caps: Caps): Limited {
  const limits = draft.memories.map(({ initialPages, maximumPages, memory64 }) => ({
    minimum: initialPages,
    maximum: maximumPages,
    wide: memory64,
  }));
  const ranges = draft.memoryLimits;
  return { what: "memory", unit: "pages", limits, ranges, most: caps.memoryPagesMax };
}

function tablesOf(draft: CoreDraft, caps: Caps): Limited {
  const limits = draft.tables.map(({ minimum, maximum, table64 }) => ({
    minimum: Number(minimum),
    maximum: maximum === null ? null : Number(maximum),
    wide: table64,
  }));
  const ranges = draft.tableLimits;
  return { what: "table", unit: "elements", limits, ranges, most: caps.tableElementsMax };
}

function lowered(space: Limited, from: number): Splice[] {
  const total = space.limits.reduce((sum, { minimum }) => sum + minimum, 0);
  const at = space.ranges.at(-1)?.start ?? 0;
  if (space.ranges.length > from && total > space.most) {
    const most = `${space.what}: expected at most ${space.most} ${space.unit} to start with`;
    throw new WasmFault(`${most}, got ${total}`, at);
  }
  return space.ranges.slice(from).map((range, place) => ({
    ...range,
    bytes: encoded(space, from + place),
  }));
}

function maximumOf({ limits, most }: Limited, index: number): number {
  return Math.min(limits[index]?.maximum ?? most, most);
}

function encoded(space: Limited, index: number): Uint8Array {
  const { minimum = 0, wide = false } = space.limits[index] ?? {};
  const out = new Writer(24);
  out.byte(wide ? 0x05 : 0x01);
  out.u32(minimum);
  out.u32(maximumOf(space, index));
  return out.view;
}
