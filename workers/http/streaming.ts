// Upgrades to a stream of events: browsers can't set a header on one, so the token may stand in the query, or come in
// the first message, where the hub asks for it.
import type { Context as HonoContext } from "hono";
import { createMiddleware } from "hono/factory";
import { admit } from "#control/streams.ts";
import { Fault } from "#domain/fault.ts";
import type { Subscription } from "#domain/event/subscription.ts";
import { follow } from "#stores/events.ts";
import type { Topic } from "#stores/events.ts";
import { allowed, authenticated } from "./auth.ts";
import type { Context } from "./context.ts";
import { permissionOf, require } from "./permission.ts";

/** Who sends a token is let in by it, here; an upgrade without one is let pass to the hub, which waits for it. */
export function following() {
  const authenticate = authenticated();
  const authorize = allowed("event:read");
  const middleware = createMiddleware<Context>(async function admitReader(c, next) {
    if (tokenOf(c) === null && isUpgrade(c)) return next();
    const token = c.req.query("token");
    if (token !== undefined && c.req.header("Authorization") === undefined) {
      const headers = new Headers(c.req.raw.headers);
      headers.set("Authorization", `Bearer ${token}`);
      c.req.raw = new Request(c.req.raw, { headers });
    }
    return authenticate(c, async () => void (await authorize(c, next)));
  });
  return require(middleware, permissionOf("event:read", undefined));
}

/** Joins the caller's socket to a topic. */
export async function joined(
  c: HonoContext<Context>,
  topic: Topic,
  wanted: Omit<Subscription, "admission">,
): Promise<Response> {
  if (!isUpgrade(c)) {
    const message = "This is a WebSocket: send `Upgrade: websocket`.";
    throw new Fault("VALIDATION_ERROR", message, { details: [message] });
  }
  const token = tokenOf(c);
  const admission = token === null ? null : await admit(c.env, token, Date.now());
  return follow(c.env, topic, { ...wanted, admission });
}

/** Whether it was let in by a token that came with the request: who is not learns nothing of what there is. */
export function isAdmitted(c: HonoContext<Context>): boolean {
  return tokenOf(c) !== null;
}

function isUpgrade(c: HonoContext<Context>): boolean {
  return c.req.header("Upgrade")?.toLowerCase() === "websocket";
}

function tokenOf(c: HonoContext<Context>): string | null {
  const [, token] = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
  return token ?? c.req.query("token") ?? null;
}
