// What every part of this dialect starts from. A body that doesn't fit is 422 here, a query or a path 400.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hook, z } from "@hono/zod-openapi";
import { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { sentences } from "#http/validation.ts";

export function room(): OpenAPIHono<Context> {
  return new OpenAPIHono<Context>({ defaultHook: refuse });
}

/** For routes that are not typed by their description: what doesn't fit is refused as it is everywhere here. */
export function parsed<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw misfit(sentences(result.error.issues), false);
}

function misfit(details: readonly string[], inBody: boolean): Fault {
  return new Fault(
    inBody ? "VALIDATION_ERROR" : "INVALID_PARAMETERS",
    inBody ? "The body does not fit." : "The request's parameters do not fit.",
    { details },
  );
}

const refuse: Hook<unknown, Context, string, unknown> = (result) => {
  if (result.success) return;
  throw misfit(sentences(result.error.issues), result.target === "json");
};
