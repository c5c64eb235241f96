// Who may follow a stream of events: the same token and the same grant as for reading them.
import type { Admission } from "#domain/event/subscription.ts";
import { circumstancesOf, decideFor, refusalOf } from "./permission.ts";
import { readToken, verifyToken } from "./token.ts";

export async function admit(env: Env, token: string, now: number): Promise<Admission> {
  const principal = await verifyToken(env, token, { now });
  const { username } = principal;
  const context = circumstancesOf(principal, now);
  const asked = { action: "event:read", resource: "events:*", context } as const;
  const decided = await decideFor(env, principal, asked);
  if (!decided.allowed) throw refusalOf(decided);
  const { expiresAt } = await readToken(env, token, now);
  return { username, expiresAt };
}
