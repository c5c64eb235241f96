// Headers of a NATS message: a version line, with a status where the server itself speaks, then HTTP-like fields.

const VERSION = "NATS/1.0";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** 503 for a request that nobody answers: clients look for it. */
export const NO_RESPONDERS = encoder.encode(`${VERSION} 503\r\n\r\n`);

/** What the server itself says of a message that isn't one. */
export function statusHeaders(code: number, description: string): Uint8Array {
  return encoder.encode(`${VERSION} ${code} ${description}\r\n\r\n`);
}

/** By their names in lower case; of several with one name the first. Empty where the block is none. */
export function readHeaders(block: Uint8Array | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (block === null) return found;
  const [version, ...lines] = decoder.decode(block).split("\r\n");
  if (version === undefined || !version.startsWith(VERSION)) return found;
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!found.has(name)) found.set(name, line.slice(colon + 1).trim());
  }
  return found;
}

/** Values may not end their line. */
export function writeHeaders(fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields).map(
    ([name, value]) => `${name}: ${value.replaceAll(/[\r\n]+/g, " ")}\r\n`,
  );
  return encoder.encode(`${VERSION}\r\n${lines.join("")}\r\n`);
}
