// The frame of a core module: its preamble, and its sections in the only order that is allowed.
// A streaming reader feeds sections here one at a time; nothing but the draft is kept between them.
import type { Cursor } from "#wasm/cursor.ts";
import { readCodeSection } from "./code-section.ts";
import {
  readExportSection,
  readFunctionSection,
  readGlobalSection,
  readImportSection,
  readMemorySection,
  readStartSection,
  readTableSection,
  readTagSection,
} from "./definition-sections.ts";
import { customSectionsMax } from "./limits.ts";
import type { CoreDraft } from "./module.ts";
import { readDataCountSection, readDataSection, readElementSection } from "./segment-sections.ts";
import { readTypeSection } from "./type-section.ts";

type SectionReader = {
  readonly id: number;
  readonly name: string;
  readonly read: (cursor: Cursor, draft: CoreDraft) => void;
};

const customSectionId = 0;
const codeSectionId = 10;

// In the order of the binary, which isn't that of the ids.
const readers: readonly SectionReader[] = [
  { id: 1, name: "type", read: readTypeSection },
  { id: 2, name: "import", read: readImportSection },
  { id: 3, name: "function", read: readFunctionSection },
  { id: 4, name: "table", read: readTableSection },
  { id: 5, name: "memory", read: readMemorySection },
  { id: 13, name: "tag", read: readTagSection },
  { id: 6, name: "global", read: readGlobalSection },
  { id: 7, name: "export", read: readExportSection },
  { id: 8, name: "start", read: readStartSection },
  { id: 9, name: "element", read: readElementSection },
  { id: 12, name: "data count", read: readDataCountSection },
  { id: codeSectionId, name: "code", read: readCodeSection },
  { id: 11, name: "data", read: readDataSection },
];

type SectionHeader = { readonly id: number; readonly size: number };

// The next section's id and size, once its place in the order is checked.
export function readSectionHeader(cursor: Cursor, draft: CoreDraft): SectionHeader {
  const start = cursor.offset;
  const id = cursor.byte("section id");
  const size = cursor.u32("section size");
  if (id === customSectionId) return { id, size };
  const place = readers.findIndex((reader) => reader.id === id);
  const name = readers[place]?.name;
  if (name === undefined)
    throw cursor.fault(`section: expected an id of 0 to 13, got ${id}`, start);
  const previous = draft.sections.findLast((section) => section.id !== customSectionId)?.id;
  const previousPlace = readers.findIndex((reader) => reader.id === previous);
  if (place > previousPlace) return { id, size };
  const before = readers[previousPlace]?.name ?? "";
  throw cursor.fault(
    place === previousPlace
      ? `section: expected one ${name} section, got a second`
      : `section: expected ${name} before ${before}, got it after`,
    start,
  );
}

// Reads a section whose payload is exactly the cursor.
export function readSection(id: number, cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const end = start + cursor.remaining;
  draft.sections.push({ id, start, end });
  if (id === customSectionId) {
    requireFewCustomSections(cursor, draft);
    const name = cursor.name("custom section name");
    draft.customSections.push({ name, start: cursor.offset, end });
    return;
  }
  const reader = readers.find((candidate) => candidate.id === id);
  if (reader === undefined) throw cursor.fault(`section: expected a known id, got ${id}`);
  reader.read(cursor, draft);
  cursor.finish(`${reader.name} section`);
}

function requireFewCustomSections(cursor: Cursor, draft: CoreDraft): void {
  if (draft.customSections.length < customSectionsMax) return;
  throw cursor.fault(`custom sections: expected at most ${customSectionsMax}, got more`);
}

// What can be said only after the last section.
export function finishSections(cursor: Cursor, draft: CoreDraft): void {
  const functions = draft.functionTypes.length - draft.importedFunctions;
  if (draft.bodies.length !== functions) {
    throw cursor.fault(`code: expected ${functions} bodies, got no code section`);
  }
  if (draft.dataCount !== null && draft.dataCount !== draft.dataSegments) {
    throw cursor.fault(`data: expected ${draft.dataCount} segments, got no data section`);
  }
}
