// Whether somebody may: what roles grant, refined by policies. What is decided by is read again every few seconds, so
// that a policy holds everywhere within five.
import { Fault } from "#domain/fault.ts";
import { decide, makeReady } from "#domain/policy/decide.ts";
import type { Decided, Ready } from "#domain/policy/decide.ts";
import type { Circumstances, Request } from "#domain/policy/policy.ts";
import { missingRole, primaryRole, rolesOf } from "#domain/role.ts";
import type { Action, Principal, Role } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { allPolicies } from "#stores/policies.ts";
import { Underway } from "#stores/underway.ts";

/** So far behind an isolate may be; it looks again, behind a request, when it is half of that. */
const STALE_MS = 4_000;
const LOOK_AGAIN_MS = 2_000;

type Kept = { readonly ready: Ready; readonly readAt: number };

let kept: Kept | null = null;
/** Grows when something is stored: what began to be read before is not kept. */
let generation = 0;
const underway = new Underway();

type Asked = { readonly action: Action; readonly resource: string };

export async function decideFor(
  env: Env,
  principal: Principal,
  asked: Asked & { readonly context: Circumstances },
): Promise<Decided> {
  const { action, resource, context } = asked;
  const request = { user: userOf(principal), action, resource, context };
  return decide(await policies(env, context.time), request, byRole(principal, action));
}

/** Whether there is a rule that can refuse what a role allows. */
export async function canDeny(env: Env, now: number): Promise<boolean> {
  return (await policies(env, now)).denies.length > 0;
}

/** What conditions can look at where there is no request over HTTP. */
export function circumstancesOf(principal: Principal, time: number): Circumstances {
  const mfaVerified = principal.role !== "Node" && principal.session?.mfa === true;
  return { mfaVerified, ip: "", time, approvalId: "", force: false };
}

/** Begins to read what a decision needs, so that it is there once it is known who asks. */
export function expectDecision(env: Env, now: number): void {
  // Who decides meets the failure.
  policies(env, now).catch(() => undefined);
}

/** As it would be decided now, of somebody with these roles. */
export async function simulate(
  env: Env,
  of: {
    readonly principal: {
      readonly username: string;
      readonly roles: readonly Role[];
      readonly email: string;
    };
    readonly action: Action;
    readonly resource: string;
    readonly context: Circumstances;
  },
): Promise<Decided> {
  const { username, roles, email } = of.principal;
  const role = primaryRole(roles) ?? "Viewer";
  const session = { id: "", userId: username, email, mfa: of.context.mfaVerified };
  return decideFor(env, { username, role, roles, session }, of);
}

/** What is stored is read at the next decision here. Elsewhere it takes until it is stale. */
export function forgetPolicies(): void {
  kept = null;
  generation += 1;
}

async function policies(env: Env, now: number): Promise<Ready> {
  if (kept === null || now - kept.readAt >= STALE_MS) return (await read(env, now)).ready;
  if (now - kept.readAt >= LOOK_AGAIN_MS && !underway.has(String(generation))) {
    read(env, now).catch((cause: unknown) => console.warn("policies not read", cause));
  }
  return kept.ready;
}

async function read(env: Env, now: number): Promise<Kept> {
  const mine = generation;
  const key = String(mine);
  if (underway.has(key)) {
    await underway.ended(key);
    if (kept !== null && now - kept.readAt < STALE_MS) return kept;
  }
  return underway.run(key, async () => {
    const found = await readNow(env, now);
    if (mine === generation) kept = found;
    return found;
  });
}

async function readNow(env: Env, now: number): Promise<Kept> {
  return { ready: makeReady(await allPolicies(database(env))), readAt: now };
}

function byRole(
  principal: Principal,
  action: Action,
): { readonly role: string } | { readonly refusal: string } {
  const roles = rolesOf(principal);
  const granting = roles.find((role) => missingRole(role, action) === null);
  if (granting !== undefined) return { role: granting };
  const needed = missingRole(roles, action) ?? [];
  const refusal = `${action} needs the role ${needed.join(" or ")}; ${principal.username} is ${roles.join(", ")}.`;
  return { refusal };
}

/** By the principal as it is kept with its verified token: the same for as long as that is kept. */
const users = new WeakMap<Principal, Request["user"]>();

function userOf(principal: Principal): Request["user"] {
  const known = users.get(principal);
  if (known !== undefined) return known;
  const user = describe(principal);
  users.set(principal, user);
  return user;
}

function describe(principal: Principal): Request["user"] {
  const { username, role } = principal;
  const roles = rolesOf(principal).map((one) => one.toLowerCase());
  const session = principal.role === "Node" ? undefined : principal.session;
  const id = principal.role === "Node" ? principal.nodeId : (session?.userId ?? "");
  return { id, username, email: session?.email ?? "", role: role.toLowerCase(), roles };
}

export function refusalOf({ reason }: Decided): Fault {
  return new Fault("FORBIDDEN", reason);
}
