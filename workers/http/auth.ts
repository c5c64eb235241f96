// Who asks, and whether the role allows it. Every refusal says which rule refused.
import { createMiddleware } from "hono/factory";
import { verifyToken } from "#control/token.ts";
import { Fault } from "#domain/fault.ts";
import { missingRole } from "#domain/role.ts";
import type { Action, Principal } from "#domain/role.ts";
import type { Context } from "./context.ts";
import { spend } from "./quota.ts";

/** Refusals a minute that one address may cause before it is told to wait. */
const REFUSALS_PER_MINUTE = 300;

/** Sets the principal from the bearer token. A refusal is counted against the caller's address. */
export function authenticated() {
  return createMiddleware<Context>(async function authenticate(c, next) {
    const principal = await principalOf(c.env, c.req.header("Authorization")).catch(
      async (refusal: unknown) => {
        await spend(c, "unauthenticated", REFUSALS_PER_MINUTE);
        throw refusal;
      },
    );
    c.set("principal", principal);
    await next();
  });
}

async function principalOf(env: Env, header: string | undefined): Promise<Principal> {
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
  return verifyToken(env, token, Date.now());
}

/** A node is let act on itself alone: on the path whose `nodeId` is its own. */
export function allowed(action: Action) {
  return createMiddleware<Context>(async function authorize(c, next) {
    const principal = c.get("principal");
    const { username, role } = principal;
    const roles = missingRole(role, action);
    if (roles !== null) {
      const message = `${action} needs the role ${roles.join(" or ")}; ${username} is ${role}.`;
      throw new Fault("FORBIDDEN", message);
    }
    if (principal.role === "Node" && c.req.param("nodeId") !== principal.nodeId) {
      const message = `The token is that of node ${principal.nodeId}, which acts for no other node.`;
      throw new Fault("FORBIDDEN", message);
    }
    await next();
  });
}
