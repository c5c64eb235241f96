// Who asks, and whether the role allows it. Every refusal says which rule refused.
import { createMiddleware } from "hono/factory";
import type { Context as HonoContext } from "hono";
import { canDeny, decideFor, expectDecision, refusalOf } from "#control/permission.ts";
import { verifyToken } from "#control/token.ts";
import { Fault } from "#domain/fault.ts";
import { fill, needsBody } from "#domain/resource.ts";
import type { Circumstances } from "#domain/policy/policy.ts";
import { isChange } from "#domain/role.ts";
import type { Action, Principal } from "#domain/role.ts";
import type { Context } from "./context.ts";
import { addressOf, recordCounted, recordOutcome, recordRefusal } from "./ledger.ts";
import { permissionOf, require } from "./permission.ts";
import { spend } from "./quota.ts";

/** Any request, whatever its room keeps beside what all have. */
type Request = Pick<HonoContext<Context>, "env" | "req"> & {
  get(key: "asked"): Context["Variables"]["asked"];
  set(key: "asked", asked: Context["Variables"]["asked"]): void;
};

/** Refusals a minute that one address may cause before it is told to wait. */
const REFUSALS_PER_MINUTE = 300;

/** Begins what a request will need, with who its token says that it is of: that may turn out to be nobody any more. */
type Foresight = (c: HonoContext<Context>, told: Principal) => void;

/** Sets the principal from the bearer token. A refusal is counted against the caller's address. */
export function authenticated(foresee: Foresight = () => undefined) {
  return createMiddleware<Context>(async function authenticate(c, next) {
    expectDecision(c.env, Date.now());
    const principal = await principalOf(c, (told) => foresee(c, told)).catch(
      async (refusal: unknown) => {
        await spend(c, "unauthenticated", REFUSALS_PER_MINUTE);
        await recordRefusal(c, refusal);
        throw refusal;
      },
    );
    c.set("principal", principal);
    await next();
  });
}

async function principalOf(
  c: HonoContext<Context>,
  foresee: (told: Principal) => void,
): Promise<Principal> {
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
  return verifyToken(c.env, token, { now: Date.now(), foresee });
}

/**
 * Names the one action that an operation is, and on what: `modules:{moduleId}` is filled from the path,
 * `modules:{body.moduleId}` from a JSON body, in front of which `bounded()` must stand; without a template it is what
 * the path names last. Lets pass who may, and records what came of a change and every refusal before it is answered.
 */
export function allowed(action: Action, resource?: string) {
  const permission = permissionOf(action, resource);
  const middleware = createMiddleware<Context>(async function authorize(c, next) {
    const template = permission.templateAt(c);
    const body = needsBody(template) ? await bodyOf(c) : null;
    c.set("asked", { action, resource: fill(template, (name) => c.req.param(name), body) });
    try {
      await permit(c, action);
    } catch (refusal) {
      await recordRefusal(c, refusal);
      throw refusal;
    }
    await next();
    await recordOutcome(c, isChange(action));
  });
  return require(middleware, permission);
}

/** A node is let act on itself alone: on the path whose `nodeId` is its own. */
async function permit(c: HonoContext<Context>, action: Action): Promise<void> {
  const principal = c.get("principal");
  const context = new Asking(c);
  const decided = await decideFor(c.env, principal, { ...c.get("asked"), action, context });
  c.set("rule", decided.by);
  if (decided.counted.length > 0) await recordCounted(c, decided.counted);
  if (!decided.allowed) throw refusalOf(decided);
  if (principal.role === "Node" && c.req.param("nodeId") !== principal.nodeId) {
    const message = `The token is that of node ${principal.nodeId}, which acts for no other node.`;
    throw new Fault("FORBIDDEN", message);
  }
}

/**
 * For what a request turned out to be about under another name than its own: a rule that denies it there refuses it too,
 * while what roles and rules allow was decided by the name that was given.
 */
export async function alsoPermit(
  c: HonoContext<Context>,
  resourcesOf: () => readonly string[],
): Promise<void> {
  if (!(await canDeny(c.env, Date.now()))) return;
  const { action, resource: named } = c.get("asked");
  const principal = c.get("principal");
  const context = new Asking(c);
  for (const resource of resourcesOf().filter((one) => one !== named)) {
    const decided = await decideFor(c.env, principal, { action, resource, context });
    if (decided.counted.length > 0) await recordCounted(c, decided.counted);
    if (decided.allowed || decided.policyId === null) continue;
    c.set("asked", { action, resource });
    throw refusalOf(decided);
  }
}

/** What conditions of policies can look at, read where one does. `approval_id` and `force` stand in the query. */
class Asking implements Circumstances {
  readonly time = Date.now();
  readonly #c: HonoContext<Context>;

  constructor(c: HonoContext<Context>) {
    this.#c = c;
  }

  get mfaVerified(): boolean {
    const principal = this.#c.get("principal");
    return principal.role !== "Node" && principal.session?.mfa === true;
  }

  get ip(): string {
    return addressOf(this.#c);
  }

  get approvalId(): string {
    return this.#c.req.query("approval_id") ?? "";
  }

  get force(): boolean {
    return this.#c.req.query("force") === "true";
  }
}

/** What a request for something new has made, by the id that it has from now on. */
export function created(c: Request, id: string): void {
  const { action, resource } = c.get("asked");
  c.set("asked", { action, resource: resource.replace(/\*$/, () => id) });
}

/** What the handler learns of the resource, once it has read the request in its own way: rules that deny it hold. */
export async function concerning(
  c: HonoContext<Context>,
  template: string,
  fields: unknown,
): Promise<void> {
  const resource = fill(template, (name) => c.req.param(name), fields);
  await alsoPermit(c, () => [resource]);
  c.set("asked", { ...c.get("asked"), resource });
}

/** Parsed once: the validator that comes later gets the same. What can't be parsed is refused there. */
function bodyOf(c: HonoContext<Context>): Promise<unknown> {
  return c.req.json().catch(() => null);
}
