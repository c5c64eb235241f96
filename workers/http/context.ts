import type { Action, Principal } from "#domain/role.ts";

/** What Hono carries through a request. */
export type Context = {
  Bindings: Env;
  Variables: {
    requestId: string;
    principal: Principal;
    /** The action that the operation is, and on what: set by `allowed`. */
    asked: { readonly action: Action; readonly resource: string };
    /** The role or the policy's rule that let it pass or refused it; null where none allows it. */
    rule?: string | null;
    /** The SHA-256 of the body, where it was read before the handler asks for it. */
    bodyDigest?: string;
  };
};
