// Which action on which resource each operation is: read from the routes themselves, so that the table which
// /openapi.json shows can't differ from what is checked.
import type { Context as HonoContext, Hono } from "hono";
import { routePath } from "hono/route";
import { findTargetHandler } from "hono/utils/handler";
import { defaultTemplate } from "#domain/resource.ts";
import type { Action } from "#domain/role.ts";
import type { Context } from "./context.ts";

type Permission = {
  readonly action: Action;
  readonly resourceAt: (path: string) => string;
  readonly templateAt: (c: HonoContext<Context>) => string;
};

const required = new WeakMap<object, Permission>();

export function permissionOf(action: Action, resource: string | undefined): Permission {
  const known = new Map<string, string>();
  const resourceAt = (path: string): string => {
    const template = resource ?? known.get(path) ?? defaultTemplate(action, path);
    known.set(path, template);
    return template;
  };
  const templateAt = (c: HonoContext<Context>): string => resource ?? resourceAt(routePath(c));
  return { action, resourceAt, templateAt };
}

/** Marks the middleware with what it checks. */
export function require<Middleware extends object>(
  middleware: Middleware,
  permission: Permission,
): Middleware {
  required.set(middleware, permission);
  return middleware;
}

/** By `GET /api/v1/nodes/{nodeId}`, as /openapi.json names operations. */
export function permissionsIn(
  app: Pick<Hono, "routes">,
): Map<string, { action: Action; resource: string }> {
  const rows = app.routes.flatMap(({ method, path, handler }) => {
    const permission = required.get(findTargetHandler(handler));
    if (permission === undefined) return [];
    const { action, resourceAt } = permission;
    const operation = `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`;
    return [[operation, { action, resource: resourceAt(path) }] as const];
  });
  return new Map(rows);
}
