// What every part of this dialect starts from.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { parseModuleReference } from "#domain/module.ts";
import { alsoPermit } from "#http/auth.ts";
import type { Context } from "#http/context.ts";
import { refuseInvalid } from "#http/validation.ts";

export function room(): OpenAPIHono<Context> {
  return new OpenAPIHono<Context>({ defaultHook: refuseInvalid });
}

/** A version is called by its id, or by its module's name: a rule that denies either holds for both. */
export function permitVersion(c: HonoContext<Context>): (moduleId: string) => Promise<void> {
  return (moduleId) =>
    alsoPermit(c, () => {
      const name = parseModuleReference(moduleId)?.name ?? moduleId;
      return [`modules:${name}`, `modules:${moduleId}`];
    });
}
