// Who may follow a stream of events: the same token and the same grant as for reading them.
import { Fault } from "#domain/fault.ts";
import type { Admission } from "#domain/event/subscription.ts";
import { missingRole, rolesOf } from "#domain/role.ts";
import { readToken, verifyToken } from "./token.ts";

export async function admit(env: Env, token: string, now: number): Promise<Admission> {
  const principal = await verifyToken(env, token, now);
  const { username, role } = principal;
  const roles = missingRole(rolesOf(principal), "event:read");
  if (roles !== null) {
    throw new Fault(
      "FORBIDDEN",
      `event:read needs the role ${roles.join(" or ")}; ${username} is ${role}.`,
    );
  }
  const { expiresAt } = await readToken(env, token, now);
  return { username, expiresAt };
}
