// The `command` convention: a WASI program. The function's name is its first argument, the parameters stand on
// stdin as JSON, what it writes to stdout is its result.
import { exported } from "./exported.ts";
import type { Invocation } from "./invocation.ts";

/** How a program ended by its own word. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`The program ended with exit code ${code}.`);
    this.code = code;
  }
}

/** Its result is on stdout. */
export async function callCommand({ instance, fuel }: Invocation): Promise<void> {
  try {
    await fuel.call(exported(instance, "_start"));
  } catch (thrown) {
    if (!(fuel.reason instanceof Exit)) throw thrown;
  }
}

/** What isn't JSON is told as a JSON string. */
export function jsonOf(text: string): string | null {
  if (text === "") return null;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
