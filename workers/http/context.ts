import type { Principal } from "#domain/role.ts";

/** What Hono carries through a request. */
export type Context = {
  Bindings: Env;
  Variables: {
    requestId: string;
    principal: Principal;
    /** The SHA-256 of the body, where it was read before the handler asks for it. */
    bodyDigest?: string;
  };
};
