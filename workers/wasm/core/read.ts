// Decodes a whole core module and checks its structure: every section, count, index and size.
// It does not validate instructions; `WebAssembly.validate` does that where the module will run.
import { Cursor } from "#wasm/cursor.ts";
import { readPreamble } from "#wasm/preamble.ts";
import type { CoreDraft, CoreModule } from "./module.ts";
import { emptyDraft } from "./module.ts";
import { readNames } from "./name-section.ts";
import { finishSections, readSection, readSectionHeader } from "./sections.ts";

// `base` is where the module's first byte lies in its file, by which offsets are told.
export function readCoreModule(bytes: Uint8Array, base = 0): CoreModule {
  const cursor = new Cursor(bytes, base);
  if (readPreamble(cursor) !== "core") {
    throw cursor.fault("module: expected a core module, got a component", base);
  }
  const draft = emptyDraft();
  while (!cursor.done) {
    const { id, size } = readSectionHeader(cursor, draft);
    readSection(id, cursor.sub(size, "section"), draft);
  }
  finishSections(cursor, draft);
  adoptNames(bytes, base, draft);
  return draft;
}

// The name section stands wherever a tool put it, so it is read when all functions are known.
function adoptNames(bytes: Uint8Array, base: number, draft: CoreDraft): void {
  const section = draft.customSections.find(({ name }) => name === "name");
  if (section === undefined) return;
  const payload = bytes.subarray(section.start - base, section.end - base);
  const names = readNames(new Cursor(payload, section.start), draft);
  if (names !== null) draft.names = names;
}
