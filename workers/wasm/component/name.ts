// Reads the names of a component, all of which reach the JavaScript that jco writes, not always
// escaped. It refuses every name that could end a string literal there.
import type { Cursor } from "#wasm/cursor.ts";

// Every type that mentions a name repeats it, hence the limit.
const nameLengthMax = 1_000;

const safe = /^[ !#-&(-[\]-_a-~]*$/;

export function readScreenedName(cursor: Cursor, what: string): string {
  const start = cursor.offset;
  const name = cursor.name(what);
  if (name.length > nameLengthMax) {
    throw cursor.fault(
      `${what}: expected at most ${nameLengthMax} characters, got ${name.length}`,
      start,
    );
  }
  return screenName(cursor, { name, what, start });
}

// Printable ASCII without quotation marks, backslash and backtick.
export function screenName(
  cursor: Cursor,
  { name, what, start }: { name: string; what: string; start: number },
): string {
  if (safe.test(name)) return name;
  throw cursor.fault(
    `${what}: expected printable ASCII without quotes, backslash or backtick, got ${JSON.stringify(name.slice(0, 100))}`,
    start,
  );
}

// The name of an import or export; 0x01 marks an interface's name in older binaries, 0x02 announces
// a version suffix.
export function readExternName(cursor: Cursor): string {
  const start = cursor.offset;
  const form = cursor.byte("extern name");
  if (form > 2) throw cursor.fault(`extern name: expected form 0 to 2, got ${form}`, start);
  const name = readScreenedName(cursor, "extern name");
  return form === 2 ? name + readScreenedName(cursor, "version suffix") : name;
}
