// Who asks, and whether the role allows it. Every refusal says which rule refused.
import { createMiddleware } from "hono/factory";
import { verifyToken } from "#control/token.ts";
import { Fault } from "#domain/fault.ts";
import { missingRole } from "#domain/role.ts";
import type { Action } from "#domain/role.ts";
import type { Context } from "./context.ts";

/** Sets the principal from the bearer token. */
export function authenticated() {
  return createMiddleware<Context>(async function authenticate(c, next) {
    const header = c.req.header("Authorization");
    if (header === undefined) {
      throw new Fault(
        "UNAUTHORIZED",
        "Authentication is needed: send `Authorization: Bearer <token>`.",
      );
    }
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(header) ?? [];
    if (token === undefined) {
      throw new Fault(
        "UNAUTHORIZED",
        "The Authorization header is not of the form `Bearer <token>`.",
      );
    }
    c.set("principal", await verifyToken(c.env, token, Date.now()));
    await next();
  });
}

export function allowed(action: Action) {
  return createMiddleware<Context>(async function authorize(c, next) {
    const { username, role } = c.get("principal");
    const roles = missingRole(role, action);
    if (roles !== null) {
      const message = `${action} needs the role ${roles.join(" or ")}; ${username} is ${role}.`;
      throw new Fault("FORBIDDEN", message);
    }
    await next();
  });
}
