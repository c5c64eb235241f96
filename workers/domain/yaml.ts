// YAML 1.2, of which JSON is a part, as plain data. A text is bounded before and while it is read: what refers to
// itself again and again, or is nested without end, is refused instead of unfolded.
import { parseAllDocuments } from "yaml";

const CHARACTERS_MAX = 1024 * 1024;
/** Copies that aliases may make, all in all. */
const ALIASES_MAX = 100;
const DEPTH_MAX = 64;

export type ParsedYaml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: string };

/** Exactly one document. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > CHARACTERS_MAX) {
    return refuse(`expected at most ${CHARACTERS_MAX} characters, not ${text.length}`);
  }
  try {
    const documents = parseAllDocuments(text, {
      version: "1.2",
      schema: "core",
      logLevel: "silent",
    });
    const [document, ...more] = documents;
    if (document === undefined) return refuse("expected a document, and the text has none");
    if (more.length > 0) return refuse(`expected one document, not ${1 + more.length}`);
    const [error] = document.errors;
    if (error !== undefined) return refuse(error.message);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return isDeep(value, DEPTH_MAX)
      ? refuse(`expected at most ${DEPTH_MAX} levels of nesting`)
      : { ok: true, value };
  } catch (thrown) {
    // Too many aliases, and a nesting that the parser's own stack does not hold, are thrown.
    return refuse(thrown instanceof Error ? thrown.message : "the text can't be read");
  }
}

function refuse(fault: string): ParsedYaml {
  return { ok: false, fault };
}

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((inner) => isDeep(inner, left - 1));
}
