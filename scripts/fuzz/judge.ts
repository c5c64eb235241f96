// What may be wrong with an answer: a status that the operation doesn't document, or a body that isn't in its schema.
import type { Operation, Schemas } from "./operations.ts";

export type Answer = {
  readonly status: number;
  /** The media type, without its parameters. */
  readonly type: string;
  readonly text: string;
};

/** What is wrong; null when nothing is. `Content-Type` decides which schema the body must be in. */
export function faultOf(operation: Operation, answer: Answer, schemas: Schemas): string | null {
  const { status, type, text } = answer;
  const documented = operation.answers.get(status);
  if (documented === undefined) return `status ${status} isn't documented`;
  const { content } = documented;
  if (content.size === 0) return null;
  const schema = content.get(type);
  if (schema === undefined) {
    return `${status} with ${type || "no Content-Type"}; documented: ${[...content.keys()].join(", ")}`;
  }
  if (type !== "application/json") return null;
  const body = parsed(text);
  if (body === undefined) return `${status} with a body that isn't JSON`;
  const fault = schemas.faultOf(body, schema);
  return fault === null ? null : `${status} out of its schema: ${fault}`;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
