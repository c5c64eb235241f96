import type { Principal } from "#domain/role.ts";

/** What Hono carries through a request. */
export type Context = {
  Bindings: Env;
  Variables: { requestId: string; principal: Principal };
};
