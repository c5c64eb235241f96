// Bounds what an inspection lists. A million exports of one function with a thousand parameters fit
// in a few megabytes of binary, but their signatures don't fit in a database row.
import type { FunctionSignature } from "./inspection.ts";

const listingCharactersMax = 1_000_000;

// The punctuation and keys of one entry as JSON.
const entryCharacters = 24;

type Listing = {
  readonly interfaces: readonly string[];
  readonly functions: readonly FunctionSignature[];
  readonly unsupported: readonly string[];
};

// Takes signatures as they are made, so that those past the bound never are.
export function list(
  interfaces: Iterable<string>,
  signatures: Iterable<FunctionSignature>,
): Listing {
  const kept = { interfaces: new Set<string>(), functions: new Array<FunctionSignature>() };
  let characters = 0;
  for (const name of interfaces) {
    if (kept.interfaces.has(name)) continue;
    characters += name.length + entryCharacters;
    if (characters > listingCharactersMax) return listing(kept, false);
    kept.interfaces.add(name);
  }
  for (const signature of signatures) {
    characters += signatureCharacters(signature);
    if (characters > listingCharactersMax) return listing(kept, false);
    kept.functions.push(signature);
  }
  return listing(kept, true);
}

function listing(
  { interfaces, functions }: { interfaces: Set<string>; functions: FunctionSignature[] },
  complete: boolean,
): Listing {
  const unsupported = complete
    ? []
    : [
        `interface: expected imports and exports that list in ${listingCharactersMax} characters, got more; export less`,
      ];
  return { interfaces: [...interfaces], functions, unsupported };
}

function signatureCharacters(signature: FunctionSignature): number {
  const { name, parameters, results } = signature;
  let total = name.length + entryCharacters;
  for (const parameter of parameters) {
    total += (parameter.name?.length ?? 0) + parameter.type.length + entryCharacters;
  }
  for (const result of results) total += result.length + entryCharacters;
  // Its types are bounded, but no text of them tells how long they are.
  return signature.style === "wit" ? total + JSON.stringify(signature.wit).length : total;
}
