// Tokens by which nodes speak for themselves: issued for one node, looked at, revoked.
import { Fault } from "#domain/fault.ts";
import type { Principal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { insertToken, revokeToken as revokeStored } from "#stores/node-tokens.ts";
import { runnerOf } from "#stores/objects.ts";
import { getNode } from "./nodes.ts";
import { living, readToken, signToken } from "./token.ts";

export async function issueNodeToken(
  env: Env,
  nodeId: string,
  by: { principal: Principal; lifetimeMs: number; now: number },
): Promise<{ token: string; expiresAt: number }> {
  await getNode(env, nodeId);
  const { lifetimeMs, now } = by;
  const principal = { username: `node:${nodeId}`, role: "Node", nodeId } as const;
  const { id, token, expiresAt } = await signToken(env, principal, { lifetimeMs, now });
  const issuedBy = by.principal.username;
  await insertToken(database(env), { id, nodeId, issuedAt: now, issuedBy, expiresAt });
  return { token, expiresAt };
}

export type TokenVerdict = {
  readonly valid: boolean;
  /** Null for a user's token, and for one that can't be read. */
  readonly nodeId: string | null;
  readonly expiresAt: number | null;
  readonly reason: string | null;
};

export async function validateToken(env: Env, token: string, now: number): Promise<TokenVerdict> {
  try {
    const read = await readToken(env, token, now);
    const valid = (await living(env, read, now)) !== null;
    const reason = valid ? null : "It was revoked, or whose it is is gone.";
    const nodeId = read.principal.role === "Node" ? read.principal.nodeId : null;
    return { valid, nodeId, expiresAt: read.expiresAt, reason };
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "UNAUTHORIZED") throw thrown;
    return { valid: false, nodeId: null, expiresAt: null, reason: thrown.message };
  }
}

/** Doing it twice is harmless. A user's token ends with its session. */
export async function revokeNodeToken(env: Env, token: string, now: number): Promise<void> {
  const { id, principal } = await readToken(env, token, now).catch((cause: unknown) => {
    if (!(cause instanceof Fault) || cause.code !== "UNAUTHORIZED") throw cause;
    throw new Fault("VALIDATION_ERROR", `There is nothing to revoke. ${cause.message}`, { cause });
  });
  if (principal.role !== "Node") {
    const message = "Only a node's token can be revoked; a user's ends with POST /auth/logout.";
    throw new Fault("VALIDATION_ERROR", message);
  }
  await revokeStored(database(env), id, now);
  await runnerOf(env, principal.nodeId).dismiss(id);
}
