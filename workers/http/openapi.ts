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

type Operation = { readonly requestBody?: unknown; readonly responses?: Record<string, unknown> };

/** What any operation that takes a body may refuse, in the form of its 400: the body's size and its type. */
export function describeBodyRefusals({ requestBody, responses }: Operation): void {
  const refusal = responses?.[400];
  if (requestBody === undefined || responses === undefined || !isObject(refusal)) return;
  responses[413] ??= { ...refusal, description: "The body is larger than the limit." };
  responses[415] ??= { ...refusal, description: "The Content-Type is none that is taken here." };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
