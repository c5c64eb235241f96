// A component in JavaScript: takes out of a text what should not be kept, by regular expressions.

const TEXT_LENGTH_MAX = 100_000;
const PATTERNS = {
  email: /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
  card: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g,
};
const IS_MEANT = { email: () => true, card: hasCheckDigit };

export const text = {
  redact(given, kinds) {
    if (given.length > TEXT_LENGTH_MAX) {
      throw `expected at most ${TEXT_LENGTH_MAX} characters, got ${given.length}`;
    }
    const wanted = kinds.length === 0 ? Object.keys(PATTERNS) : [...new Set(kinds)];
    const findings = wanted
      .flatMap((kind) => find(kind, given))
      .sort((one, other) => one.at - other.at);
    let redacted = "";
    let end = 0;
    for (const { kind, at, length } of findings) {
      redacted += `${given.slice(end, at)}[${kind}]`;
      end = at + length;
    }
    return { text: redacted + given.slice(end), findings };
  },
};

export function healthCheck() {
  return "OK";
}

function find(kind, given) {
  return [...given.matchAll(PATTERNS[kind])]
    .filter(([found]) => IS_MEANT[kind](found))
    .map(({ 0: found, index }) => ({ kind, at: index, length: found.length }));
}

/** ISO/IEC 7812-1: from the right every second digit is doubled, and the digits of all that add up to tens. */
function hasCheckDigit(found) {
  const digits = [...found.replaceAll(/\D/g, "")].reverse().map(Number);
  const sum = digits.reduce((sum, digit, place) => {
    const weighed = place % 2 === 0 ? digit : 2 * digit;
    return sum + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
