// Cuts a WIT text into pieces and finds its top-level items, which is all that is needed to put
// texts together and to say where a fault is. It judges nothing: that is for the reference tools.

export interface Piece {
  readonly kind: "comment" | "word" | "mark";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const itemKinds = ["package", "interface", "world", "use"] as const;

export interface Item {
  readonly kind: (typeof itemKinds)[number];
  /** A package's is `namespace:name@version`, a use's what it says; the others' a word. */
  readonly name: string;
  /** Null for an item that ends in a semicolon. */
  readonly body: { readonly start: number; readonly end: number } | null;
  readonly start: number;
  readonly end: number;
}

const lineComment = /\/\/[^\n]*/y;
const word = /%?[\p{L}\p{N}_][\p{L}\p{N}\p{M}_-]*/uy;
const mark = /->|"[^"\n]*"|[^\s]/uy;

/** Everything but white space, in order. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  const take = (kind: Piece["kind"], end: number): void => {
    found.push({ kind, text: text.slice(at, end), start: at, end });
    at = end;
  };
  while (at < text.length) {
    const comment = match(lineComment, text, at) ?? blockCommentEnd(text, at);
    const wordEnd = match(word, text, at);
    const markEnd = match(mark, text, at);
    if (comment !== null) take("comment", comment);
    else if (wordEnd !== null) take("word", wordEnd);
    else if (markEnd !== null) take("mark", markEnd);
    else at += 1;
  }
  return found;
}

/** The same text with comments and line ends as spaces: every offset stays. */
export function blank(text: string): string {
  let blanked = "";
  let at = 0;
  for (const { kind, start, end } of pieces(text)) {
    if (kind !== "comment") continue;
    blanked += text.slice(at, start) + " ".repeat(end - start);
    at = end;
  }
  return (blanked + text.slice(at)).replaceAll(/\s/g, " ");
}

/** The top-level items, as far as the text can be read. */
export function items(text: string): Item[] {
  const found: Item[] = [];
  let pending: Piece[] = [];
  let depth = 0;
  for (const piece of pieces(text)) {
    if (piece.kind === "comment") continue;
    pending.push(piece);
    if (piece.text === "{") depth += 1;
    if (piece.text === "}") depth -= 1;
    const ends = piece.text === "}" || piece.text === ";";
    if (!ends || depth !== 0) continue;
    const item = itemOf(pending);
    if (item) found.push(item);
    pending = [];
  }
  return found;
}

/** The names that a text gives meaning to at its top level. */
export function definedNames(text: string): Set<string> {
  const defining = items(text).filter(({ kind }) => kind !== "use");
  return new Set(defining.map(({ name }) => name));
}

/** A name without the mark that lets it equal a keyword. */
export function plain(name: string): string {
  return name.replaceAll("%", "");
}

function itemOf(all: readonly Piece[]): Item | null {
  const at = afterAttributes(all);
  const rest = all.slice(at);
  const [keyword, second] = rest;
  const kind = itemKinds.find((name) => name === keyword?.text);
  const last = rest.at(-1);
  if (kind === undefined || !keyword || !second || !last) return null;
  const open = rest.find(({ text }) => text === "{");
  const words = rest.slice(1, rest.indexOf(open ?? last)).map(({ text }) => text);
  const name = kind === "package" || kind === "use" ? words.join("") : second.text;
  const body = open && kind !== "use" ? { start: open.end, end: last.start } : null;
  return { kind, name: plain(name), body, start: all[0]?.start ?? keyword.start, end: last.end };
}

/** Skips `@since(version = 1.0.0)` and its like. */
function afterAttributes(all: readonly Piece[]): number {
  let at = 0;
  while (all[at]?.text === "@") {
    at += 2;
    if (all[at]?.text !== "(") continue;
    while (at < all.length && all[at]?.text !== ")") at += 1;
    at += 1;
  }
  return at;
}

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Block comments nest; one that is never closed reaches to the end. */
function blockCommentEnd(text: string, start: number): number | null {
  if (!text.startsWith("/*", start)) return null;
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(text); found; found = edge.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}
