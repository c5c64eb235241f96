// Reads the text format of WebAssembly as nested lists, as the reference tools print it. It refuses
// a text whose brackets don't match, and gives no meaning to any word.

/** A word, or a string with its opening quotation mark alone, or a list. */
export type Expression = string | readonly Expression[];

const token = /\(;[\s\S]*?;\)|;;[^\n]*|[()]|"(?:[^"\\]|\\[\s\S])*"|[^\s()";]+/g;

export function readExpression(text: string): Expression {
  const open: Expression[][] = [[]];
  for (const [found] of text.matchAll(token)) {
    if (found.startsWith("(;") || found.startsWith(";;")) continue;
    if (found === "(") {
      open.push([]);
      continue;
    }
    const done = found === ")" ? open.pop() : wordOf(found);
    const parent = open.at(-1);
    if (done === undefined || parent === undefined) throw unexpected("a closing bracket");
    parent.push(done);
  }
  const whole = open[0]?.[0];
  if (open.length !== 1 || whole === undefined) throw unexpected("the end");
  return whole;
}

function wordOf(found: string): string {
  return found.startsWith('"') ? found.slice(0, -1) : found;
}

/** The items of a list that begins with a word; null for anything else. */
export function listOf(
  expression: Expression | undefined,
  head: string,
): readonly Expression[] | null {
  if (expression === undefined || typeof expression === "string") return null;
  return expression[0] === head ? expression.slice(1) : null;
}

/** The lists among items that begin with a word, without it. */
export function listsOf(
  items: readonly Expression[],
  head: string,
): readonly (readonly Expression[])[] {
  return items.flatMap((item) => {
    const list = listOf(item, head);
    return list ? [list] : [];
  });
}

export function stringOf(expression: Expression | undefined): string {
  if (typeof expression === "string" && expression.startsWith('"')) return expression.slice(1);
  throw unexpected(expression);
}

export function indexOf(expression: Expression | undefined): number {
  if (typeof expression === "string" && /^\d+$/.test(expression)) return Number(expression);
  throw unexpected(expression);
}

/** The tools' output isn't what this was written for: a bug here, never the caller's fault. */
export function unexpected(found: Expression | undefined): Error {
  return new Error(
    `The WIT tools printed a type that is not understood: ${JSON.stringify(found)}.`,
  );
}
