// Finds where in a WIT text a fault is. The reference tools' npm build gives messages without
// positions, so a syntax error is found by asking them again: a text that is cut and ended with a
// character no WIT may hold complains of that character as long as the cut lies before the error.
import { blank, type Piece, pieces, plain } from "./outline.ts";

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

export interface Complaint {
  readonly message: string;
  readonly text: string;
  /** Answers a text's first error, or null. */
  readonly complain: (text: string) => Promise<string | null>;
}

/** The offset of a fault; of the text's start when nothing tells. */
export async function locate({ message, text, complain }: Complaint): Promise<number> {
  const stranger = strangerTo(text);
  const all = pieces(text);
  const isSoundUntil = async (count: number): Promise<boolean> => {
    const cut = `${text.slice(0, all[count - 1]?.end ?? 0)}\n${stranger}`;
    return mentions(await complain(cut), stranger);
  };
  if (await isSoundUntil(all.length)) {
    return message.includes("found eof") ? (all.at(-1)?.end ?? 0) : locateName(message, text);
  }
  let sound = 0;
  let faulty = all.length;
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >> 1;
    if (await isSoundUntil(middle)) sound = middle;
    else faulty = middle;
  }
  return all[sound]?.start ?? 0;
}

export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: Array.from(before.at(-1) ?? "").length + 1 };
}

/** A character of the private use area that the text doesn't hold. */
function strangerTo(text: string): string {
  for (let code = 0xe000; code < 0xf900; code += 1) {
    const character = String.fromCharCode(code);
    if (!text.includes(character)) return character;
  }
  return "?";
}

function mentions(message: string | null, stranger: string): boolean {
  const escape = `\\u{${stranger.charCodeAt(0).toString(16)}}`;
  return message !== null && (message.includes(stranger) || message.includes(escape));
}

/** A text without syntax errors can still be wrong: then the message names what is. */
function locateName(message: string, text: string): number {
  const blanked = blank(text);
  if (message.includes("at least one")) {
    return Math.max(0, blanked.search(/\b(?:record|variant|enum|flags)\s+\S+\s*\{\s*\}/));
  }
  const name = /[`']([^`'@]+)(?:@[^`']*)?[`']/.exec(message)?.[1];
  if (name === undefined) return 0;
  if (name.includes(":")) return Math.max(0, blanked.indexOf(`${name}/`));

  const words = pieces(text).filter(({ kind }) => kind !== "comment");
  const defined: Piece[] = [];
  const used: Piece[] = [];
  for (const [index, piece] of words.entries()) {
    if (plain(piece.text) === name) (isDefinition(words, index) ? defined : used).push(piece);
  }
  const [first, second] = defined;
  if (/more than once|conflicts|duplicate/.test(message)) {
    return (second ?? used[1] ?? used[0] ?? first)?.start ?? 0;
  }
  if (message.includes("depends on itself")) return (first ?? used[0])?.start ?? 0;
  return (used[0] ?? first)?.start ?? 0;
}

function isDefinition(words: readonly Piece[], index: number): boolean {
  const keyword = /^(?:record|variant|enum|flags|resource|type|interface|world)$/;
  return words[index + 1]?.text === ":" || keyword.test(words[index - 1]?.text ?? "");
}
