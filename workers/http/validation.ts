// How a schema's complaints become details: one sentence for each, with the path to the field.
import type { Hook } from "@hono/zod-openapi";
import type { z } from "@hono/zod-openapi";
import { Fault } from "#domain/fault.ts";
import type { Context } from "./context.ts";

type Issues = z.ZodError["issues"];

/** For OpenAPIHono's `defaultHook`: the same fault for a body, a query and a path that don't fit. */
export const refuseInvalid: Hook<unknown, Context, string, unknown> = (result) => {
  if (!result.success) throw invalid(sentences(result.error.issues));
};

/** For what isn't parsed by the route's own description: the value as the schema has it, or the same fault. */
export function fitting<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(sentences(result.error.issues));
  return result.data;
}

export function invalid(details: readonly string[]): Fault {
  return new Fault("VALIDATION_ERROR", "Request validation failed", { details });
}

export function sentences(issues: Issues): string[] {
  return issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
  );
}
