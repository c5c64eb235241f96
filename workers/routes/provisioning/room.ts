// What every part of this dialect starts from. A body that doesn't fit is 422 here, a query or a path 400.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hook } from "@hono/zod-openapi";
import { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { sentences } from "#http/validation.ts";

export function room(): OpenAPIHono<Context> {
  return new OpenAPIHono<Context>({ defaultHook: refuse });
}

const refuse: Hook<unknown, Context, string, unknown> = (result) => {
  if (result.success) return;
  const details = sentences(result.error.issues);
  const inBody = result.target === "json";
  throw new Fault(
    inBody ? "VALIDATION_ERROR" : "INVALID_PARAMETERS",
    inBody ? "The body does not fit." : "The request's parameters do not fit.",
    { details },
  );
};
