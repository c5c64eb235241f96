// The module's frame while it is metered: section after section is taken from the source, changed
// where it must be, and handed on. Code goes body by body; data and custom sections pass as they are.
import { Cursor, WasmFault } from "#wasm/cursor.ts";
import { bodyBytesMax, customSectionsMax } from "#wasm/core/limits.ts";
import { emptyDraft } from "#wasm/core/module.ts";
import type { CoreDraft } from "#wasm/core/module.ts";
import { readSection, readSectionHeader } from "#wasm/core/sections.ts";
import { readPreamble } from "#wasm/preamble.ts";
import { unsupportedFeatures } from "#wasm/unsupported.ts";
import { ADDED_FUNCTIONS, addedBodies } from "./added.ts";
import { cappedLimits, importedLimits } from "./caps.ts";
import type { ImportedLimits } from "./caps.ts";
import { CodeMeter } from "./code.ts";
import { contextOf } from "./context.ts";
import type { Caps, HostGas } from "./context.ts";
import { dropped } from "./custom.ts";
import {
  exportSection,
  functionSection,
  globalSection,
  importSection,
  section,
  spliced,
  typeSection,
} from "./frame.ts";
import { Hints, paddedSize } from "./hints.ts";
import { LENT_MODULE, lentMemory, nameOf } from "./lending.ts";
import type { LentMemory } from "./lending.ts";
import { afterExports, afterGlobals, id, upToMemory } from "./section-order.ts";
import type { Source } from "./source.ts";
import { Writer } from "./writer.ts";

// Sections that describe the module are held as a whole; none that a compiler writes comes near.
const describingBytesMax = 2 ** 24;
// A longer name is none of those that are dropped.
const customNameBytesMax = 1_024;
const pieceBytes = 2 ** 16;

type Pieces = Generator<Uint8Array | undefined, void, void>;

export class Rewriting {
  readonly #source: Source;
  readonly #caps: Caps;
  readonly #hostGas: HostGas;
  readonly #draft: CoreDraft = emptyDraft();
  readonly #out = new Writer(2 * pieceBytes);
  #sent = 0;
  #types = false;
  // Held back with what stands up to the memory, because only then it is known whether that is one import more.
  #imports: Uint8Array | null = null;
  readonly #upToMemory = new Writer();
  #imported = false;
  #functionsWritten = false;
  #globals = false;
  // Held back, because only the start section after it tells all that is to be exported.
  #exports: Uint8Array | null = null;
  #exported = false;
  #code = false;
  #patch: { offset: number; bytes: Uint8Array } | null = null;

  constructor(source: Source, caps: Caps, hostGas: HostGas) {
    this.#source = source;
    this.#caps = caps;
    this.#hostGas = hostGas;
  }

  get hasStart(): boolean {
    return this.#draft.start !== null;
  }

  get patch(): { readonly offset: number; readonly bytes: Uint8Array } | null {
    return this.#patch;
  }

  get sent(): number {
    return this.#sent;
  }

  get imported(): ImportedLimits[] {
    const imported = importedLimits(this.#draft, this.#caps);
    const lent = this.#lent;
    if (lent === null) return imported;
    const place = { module: LENT_MODULE, name: nameOf(lent), kind: "memory" } as const;
    return [...imported, { ...place, ...lent, wide: false, element: null }];
  }

  // The metered module's pieces, each valid until the next; nothing, where more of the original has to come first.
  *run(): Pieces {
    const preamble = yield* this.#source.take(8, "preamble");
    if (readPreamble(new Cursor(preamble)) === "component") {
      throw new WasmFault("module: expected a core module, got a component", 0);
    }
    this.#out.append(preamble);
    while (yield* this.#source.more()) {
      yield* this.#section();
      if (this.#out.length >= pieceBytes) yield* this.#flush();
    }
    this.#complete(null);
    if (!this.#code && this.#functions > 0) {
      const expected = `code: expected ${this.#functions} bodies, got no code section`;
      throw new WasmFault(expected, this.#source.offset);
    }
    yield* this.#flush();
  }

  get #lent(): LentMemory | null {
    const { lendsMemory = false, memoryPagesMax } = this.#caps;
    return lendsMemory ? lentMemory(this.#draft, memoryPagesMax) : null;
  }

  get #functions(): number {
    return this.#draft.functionTypes.length - this.#draft.importedFunctions;
  }

  *#section(): Pieces {
    const base = this.#source.offset;
    const header = new Writer(6);
    header.byte(yield* this.#source.byte("section id"));
    header.u32(yield* this.#source.u32("section size"));
    const { id: kind, size } = readSectionHeader(new Cursor(header.view, base), this.#draft);
    this.#complete(kind);
    if (kind === id.custom) return yield* this.#custom(size);
    if (kind === id.code) return yield* this.#bodies(size);
    if (kind === id.data) return yield* this.#data(size);
    if (size > describingBytesMax) {
      throw new WasmFault(
        `section: expected at most ${describingBytesMax} bytes, got ${size}`,
        base,
      );
    }
    const start = this.#source.offset;
    this.#describing(kind, new Cursor(yield* this.#source.take(size, "section"), start));
  }

  // Adds what has to stand before a section of this kind, or before the end, and doesn't yet.
  #complete(kind: number | null): void {
    if (kind === id.custom) return;
    if (!this.#types && kind !== id.type) {
      this.#types = true;
      typeSection(this.#out, null);
    }
    const beforeFunctions = kind === id.type || kind === id.import || kind === id.function;
    if (!this.#functionsWritten && !beforeFunctions) {
      this.#functionsWritten = true;
      functionSection(this.#upToMemory, this.#draft, null);
    }
    if (!this.#imported && (kind === null || !upToMemory.has(kind))) {
      this.#imported = true;
      importSection(this.#out, this.#imports, this.#lent);
      this.#imports = null;
      this.#out.append(this.#upToMemory.view);
    }
    if (!this.#globals && (kind === null || afterGlobals.has(kind))) {
      this.#globals = true;
      globalSection(this.#out, this.#draft, null);
    }
    if (!this.#exported && (kind === null || afterExports.has(kind))) {
      this.#exported = true;
      exportSection(this.#out, this.#draft, this.#exports);
      this.#exports = null;
    }
    if (!this.#code && this.#functions === 0 && (kind === null || kind === id.data)) {
      this.#code = true;
      const payload = new Writer(64);
      payload.u32(ADDED_FUNCTIONS);
      addedBodies(payload, this.#draft);
      section(this.#out, id.code, payload.view);
    }
  }

  #describing(kind: number, cursor: Cursor): void {
    const from = { memories: this.#draft.memories.length, tables: this.#draft.tables.length };
    const { bytes, base } = cursor;
    readSection(kind, cursor, this.#draft);
    this.#refuseUnsupported(base);
    switch (kind) {
      case id.type:
        this.#types = true;
        return typeSection(this.#out, bytes);
      case id.function:
        this.#functionsWritten = true;
        return functionSection(this.#upToMemory, this.#draft, bytes);
      case id.import:
        this.#imports = spliced(bytes, base, cappedLimits(this.#draft, this.#caps, from));
        return;
      case id.table:
      case id.memory: {
        const splices = cappedLimits(this.#draft, this.#caps, from);
        if (kind === id.memory && this.#lent !== null) return;
        return section(this.#upToMemory, kind, spliced(bytes, base, splices));
      }
      case id.global:
        this.#globals = true;
        return globalSection(this.#out, this.#draft, bytes);
      case id.export:
        this.#exports = bytes;
        return;
      // The host calls the start function, once it has set the gas.
      case id.start:
        return;
      default:
        return section(this.#out, kind, bytes);
    }
  }

  #refuseUnsupported(offset: number): void {
    const [reason] = unsupportedFeatures(this.#draft.features);
    if (reason !== undefined) throw new WasmFault(reason, offset);
  }

  *#custom(size: number): Pieces {
    this.#draft.customSections.push({ name: "", start: 0, end: 0 });
    const start = this.#source.offset;
    if (this.#draft.customSections.length > customSectionsMax) {
      throw new WasmFault(
        `custom sections: expected at most ${customSectionsMax}, got more`,
        start,
      );
    }
    const length = yield* this.#source.u32("custom section name length");
    const rest = start + size - this.#source.offset;
    if (length > rest) {
      throw new WasmFault(
        `custom section name: expected ${rest} bytes at most, got ${length}`,
        start,
      );
    }
    const name = yield* this.#source.take(Math.min(length, customNameBytesMax), "name");
    if (dropped(name)) return yield* this.#pass(rest - name.length, false);
    const header = new Writer(16 + name.length);
    header.u32(length);
    header.append(name);
    this.#out.byte(id.custom);
    this.#out.u32(header.length + rest - name.length);
    this.#out.append(header.view);
    yield* this.#pass(rest - name.length, true);
  }

  *#data(size: number): Pieces {
    this.#ordered(id.data);
    this.#out.byte(id.data);
    this.#out.u32(size);
    yield* this.#pass(size, true);
  }

  *#pass(size: number, keep: boolean): Pieces {
    if (keep) yield* this.#flush();
    for (const piece of this.#source.pass(size, "section")) {
      if (piece === undefined) yield undefined;
      else if (keep) yield this.#send(piece);
    }
  }

  *#bodies(size: number): Pieces {
    this.#ordered(id.code);
    this.#code = true;
    const end = this.#source.offset + size;
    const meter = new CodeMeter(contextOf(this.#draft, this.#caps, this.#hostGas));
    const count = yield* this.#source.u32("bodies count");
    if (count !== this.#functions) {
      const expected = `code: expected ${this.#functions} bodies, got ${count}`;
      throw new WasmFault(expected, this.#source.offset);
    }
    const hints = new Hints(size);
    yield* this.#flush();
    const offset = this.#sent;
    for (const piece of hints.blank()) yield this.#send(piece);
    this.#out.byte(id.code);
    this.#out.append(paddedSize(0));
    const start = this.#sent + this.#out.length;
    this.#out.u32(count + ADDED_FUNCTIONS);
    for (let left = count; left > 0; left -= 1) {
      const bytes = yield* this.#source.u32("body size");
      const base = this.#source.offset;
      const most = Math.min(bodyBytesMax, end - base);
      if (bytes > most)
        throw new WasmFault(`body: expected ${most} bytes at most, got ${bytes}`, base);
      const { index, body, rare } = meter.write(yield* this.#source.take(bytes, "body"), base);
      hints.add(index, rare);
      this.#out.u32(body.length);
      if (body.length < pieceBytes) {
        this.#out.append(body);
      } else {
        yield* this.#flush();
        yield this.#send(body);
      }
      if (this.#out.length >= pieceBytes) yield* this.#flush();
    }
    addedBodies(this.#out, this.#draft);
    if (this.#source.offset !== end) {
      throw new WasmFault("code section: expected its end, got more", this.#source.offset);
    }
    const head = new Writer(hints.room + 6);
    hints.write(head);
    head.byte(id.code);
    head.append(paddedSize(this.#sent + this.#out.length - start));
    this.#patch = { offset, bytes: head.view };
  }

  #ordered(kind: number): void {
    this.#draft.sections.push({ id: kind, start: this.#source.offset, end: this.#source.offset });
  }

  *#flush(): Pieces {
    yield this.#send(this.#out.view);
    this.#out.clear();
  }

  #send(bytes: Uint8Array): Uint8Array {
    this.#sent += bytes.length;
    return bytes;
  }
}
