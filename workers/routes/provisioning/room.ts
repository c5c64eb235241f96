// What every part of this dialect starts from.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "#http/context.ts";
import { refuseInvalid } from "#http/validation.ts";

export function room(): OpenAPIHono<Context> {
  return new OpenAPIHono<Context>({ defaultHook: refuseInvalid });
}
