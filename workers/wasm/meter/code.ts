// Meters function bodies one at a time: each is read, planned and written anew.
import { Cursor, WasmFault } from "#wasm/cursor.ts";
import { readLocals } from "#wasm/core/code-section.ts";
import { bodyBytesMax, localsMax } from "#wasm/core/limits.ts";
import { functionTypeOf } from "#wasm/core/module.ts";
import type { Context } from "./context.ts";
import { Emission } from "./emit.ts";
import { Plan } from "./plan.ts";
import { Scan } from "./scan.ts";
import { Writer } from "./writer.ts";

// What a large body hardly ever passes.
const usualGrowth = 1.125;

export type MeteredBody = {
  readonly index: number;
  readonly body: Uint8Array;
  // Where the branches stand in it that are hardly ever taken.
  readonly rare: readonly number[];
};

export class CodeMeter {
  readonly #context: Context;
  readonly #plan = new Plan();
  readonly #scan: Scan;
  readonly #body = new Writer(65_536);
  readonly #emission: Emission;
  #function: number;

  constructor(context: Context) {
    this.#context = context;
    this.#scan = new Scan(context, this.#plan);
    this.#emission = new Emission(this.#body, context, this.#plan);
    this.#function = context.draft.importedFunctions;
  }

  // The next function's body, its size not included, metered; `base` is where it lies in the module. What is answered
  // is valid until the next one is asked for.
  write(body: Uint8Array, base: number): MeteredBody {
    const { draft } = this.#context;
    const index = this.#function;
    this.#function += 1;
    const cursor = new Cursor(body, base);
    const parameters = functionTypeOf(draft, index)?.parameters.length ?? 0;
    const locals = readLocals(cursor, draft, parameters);
    const start = cursor.offset - base;
    const bytes = body.subarray(start);
    this.#scan.read({ bytes, base: base + start, locals });
    if (locals + this.#emission.added > localsMax) {
      throw this.#tooLarge(index, base, `leaves room for its meter in ${localsMax} locals`);
    }
    this.#body.clear();
    this.#body.reserve(Math.ceil(body.length * usualGrowth));
    this.#declarations(body.subarray(0, start));
    this.#emission.instructions(bytes, locals);
    if (this.#body.length > bodyBytesMax) {
      throw this.#tooLarge(index, base, `takes at most ${bodyBytesMax} bytes when metered`);
    }
    return { index, body: this.#body.view, rare: this.#emission.rare };
  }

  #declarations(bytes: Uint8Array): void {
    const cursor = new Cursor(bytes);
    const groups = cursor.u32("local groups");
    this.#body.u32(groups + this.#emission.groups);
    this.#body.append(bytes.subarray(cursor.offset));
    this.#emission.locals();
  }

  #tooLarge(index: number, base: number, expected: string): WasmFault {
    return new WasmFault(`function ${index}: expected one that ${expected}, got a larger`, base);
  }
}
