// Small words for OpenAPI documents that are generated from the schemas which parse the requests.
import type { z } from "@hono/zod-openapi";

/** Of the API, not of the program. */
export const API_VERSION = "1.0.0";

export const bearer = [{ bearer: [] }];

export function answer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } };
}

/** The refusals that an operation documents, all in the dialect's own error form. */
export function refusals<Schema extends z.ZodType>(
  schema: Schema,
  statuses: Record<number, string>,
) {
  return Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [status, answer(schema, description)]),
  );
}
