// An answer on its way from one isolate to another. An object comes with a way to dispose of it, made anew each time,
// which takes longer than to write a short text and to read it; a long one is better left as it is.

/** JSON where it is short. */
export type Brief<Value> = string | Value;

export const BRIEF_LENGTH_MAX = 16 * 1024;

/** `length`: about how long it would be. */
export function brief<Value extends object>(value: Value, length: number): Brief<Value> {
  return length > BRIEF_LENGTH_MAX ? value : JSON.stringify(value);
}

export function whole<Value extends object>(told: Brief<Value>): Value {
  // Written by `brief` and by nobody else.
  return typeof told === "string" ? (JSON.parse(told) as Value) : told;
}
