// Subjects and the patterns that subscriptions name them by: `*` stands for one token, `>` for one or more at the end.

/** A subject that can be published to: tokens between dots, none empty, none a wildcard. */
export function isSubject(subject: string): boolean {
  return isPattern(subject) && tokensOf(subject).every((token) => token !== "*" && token !== ">");
}

export function isPattern(pattern: string): boolean {
  if (pattern === "" || /\s/.test(pattern)) return false;
  const tokens = tokensOf(pattern);
  return tokens.every((token, at) => token !== "" && (token !== ">" || at === tokens.length - 1));
}

export function matches(pattern: string, subject: string): boolean {
  const wanted = tokensOf(pattern);
  const tokens = tokensOf(subject);
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return tokens.length > at;
    if (at >= tokens.length || (token !== "*" && token !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}

/** Whether some subject matches both. */
export function overlaps(one: string, other: string): boolean {
  const left = tokensOf(one);
  const right = tokensOf(other);
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [a, b] = [left[at], right[at]];
    if (a === undefined || b === undefined) return false;
    if (a === ">" || b === ">") return true;
    if (a !== b && a !== "*" && b !== "*") return false;
  }
  return true;
}

/** Whether every subject that the second matches is matched by the first. */
export function covers(wide: string, narrow: string): boolean {
  const left = tokensOf(wide);
  const right = tokensOf(narrow);
  for (const [at, token] of left.entries()) {
    const other = right[at];
    if (other === undefined) return false;
    if (token === ">") return true;
    if (other === ">") return false;
    if (token !== "*" && token !== other) return false;
  }
  return left.length === right.length;
}

function tokensOf(subject: string): string[] {
  return subject.split(".");
}
