// TOML as the 003 document writes it: a table in braces may be spread over lines without commas, as no version of TOML
// allows. They are set before a parser reads the text; everything else is TOML 1.1.
import { parse } from "smol-toml";

export type ParsedToml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: string };

/** Strings and comments whole, so that nothing in them counts; a line's end by itself. */
const TOKENS =
  /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|\n|[{}[\],]|[^\S\n]+|[^\s"'#{}[\],]+|["']/g;

export function parseToml(text: string): ParsedToml {
  try {
    return { ok: true, value: parse(withCommas(text)) };
  } catch (thrown) {
    const fault = thrown instanceof Error ? thrown.message : "the text can't be read";
    return { ok: false, fault: fault.trim() };
  }
}

function withCommas(text: string): string {
  const open: string[] = [];
  const pieces: string[] = [];
  let last = "";
  let isNewLine = false;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "\n") isNewLine = true;
    const isSilent = token.startsWith("#") || token.trim() === "";
    if (!isSilent) {
      const isNext = last !== "{" && last !== "," && token !== "," && token !== "}";
      if (isNewLine && open.at(-1) === "{" && isNext) pieces.push(",");
      if (token === "{" || token === "[") open.push(token);
      if (token === "}" || token === "]") open.pop();
      last = token;
      isNewLine = false;
    }
    pieces.push(token);
  }
  return pieces.join("");
}
