// Tells what an uploaded binary is, what it offers and whether it can run here, from its bytes
// alone. It never throws on bad bytes, and never runs or compiles them.
import { Cursor, WasmFault } from "./cursor.ts";
import { readComponent } from "./component/read.ts";
import { readCoreModule } from "./core/read.ts";
import { inspectComponent } from "./inspect-component.ts";
import { inspectCoreModule } from "./inspect-core.ts";
import type { Inspection } from "./inspection.ts";
import { readPreamble } from "./preamble.ts";

export function inspect(bytes: Uint8Array): Inspection {
  try {
    const component = readPreamble(new Cursor(bytes)) === "component";
    return component
      ? inspectComponent(readComponent(bytes))
      : inspectCoreModule(readCoreModule(bytes));
  } catch (error) {
    if (error instanceof WasmFault) return { ok: false, faults: [error.message] };
    throw error;
  }
}
