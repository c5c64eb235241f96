// The smallest guest that is worth a rollout: it greets whom it is told to.
import { allocate, answer, quoted, received, textField } from "../json";

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return allocate(old, oldSize, align, size);
}

export function health_check(at: usize, length: usize): u64 {
  return answer('"OK"');
}

/** {"name": "Ada"} → {"greeting": "Hello, Ada!"}; the world when no name is given. */
export function greet(at: usize, length: usize): u64 {
  const name = textField(received(at, length), "name");
  const greeting = "Hello, " + (name === null ? "world" : name) + "!";
  return answer('{"greeting":' + quoted(greeting) + "}");
}
