// The eight bytes that tell what a file is. It refuses whatever is neither a core module of
// version 1 nor a component of the one version that tools write.
import type { Cursor } from "./cursor.ts";

const magic = "00 61 73 6d";
const coreVersion = "01 00 00 00";
const componentVersion = "0d 00 01 00";

type BinaryKind = "core" | "component";

export function readPreamble(cursor: Cursor): BinaryKind {
  const got = hexBytes(cursor.bytes.subarray(0, 4));
  if (got !== magic) {
    throw cursor.fault(
      `Invalid WASM magic number: expected ${magic}, got ${got === "" ? "an empty file" : got}`,
    );
  }
  cursor.skip(4, "magic number");
  const version = hexBytes(cursor.bytes.subarray(4, 8));
  if (version !== coreVersion && version !== componentVersion) {
    throw cursor.fault(
      `Invalid WASM version: expected ${coreVersion} (module) or ${componentVersion} (component), got ${version === "" ? "the end" : version}`,
    );
  }
  cursor.skip(4, "version");
  return version === coreVersion ? "core" : "component";
}

function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
