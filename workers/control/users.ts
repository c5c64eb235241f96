// Users as an Admin keeps them. What is changed here holds for every token of the user within five seconds.
import { Fault } from "#domain/fault.ts";
import type { Role } from "#domain/role.ts";
import type { Account, AccountChange, AccountFilter } from "#domain/user.ts";
import { database } from "#stores/database.ts";
import { revokeSessionsOf } from "#stores/sessions.ts";
import * as users from "#stores/users.ts";
import { emailOf } from "./identity.ts";
import { hashPassword } from "./password.ts";
import { forgetTokens } from "./token.ts";

export type NewAccount = {
  readonly username: string;
  readonly password: string;
  readonly email?: string | undefined;
  readonly roles: readonly Role[];
  readonly enabled?: boolean | undefined;
};

export async function createUser(env: Env, given: NewAccount, now: number): Promise<Account> {
  const { username, password, roles, enabled = true } = given;
  const account = {
    id: crypto.randomUUID(),
    username,
    email: given.email ?? emailOf(username),
    roles,
    enabled,
    createdAt: now,
    lastLoginAt: null,
  };
  const passwordHash = await hashPassword(password);
  const made = await users.insertUser(database(env), { ...account, passwordHash });
  if (!made) throw new Fault("CONFLICT", `User ${username} exists already.`);
  return account;
}

export async function listAccounts(
  env: Env,
  filter: AccountFilter,
): Promise<{ users: Account[]; total: number }> {
  return users.listUsers(database(env), filter);
}

export async function getUser(env: Env, id: string): Promise<Account> {
  const user = await users.findUserById(database(env), id);
  if (user === null) throw new Fault("NOT_FOUND", `User ${id} does not exist.`);
  return user;
}

/** A new password ends every session of the user, and so does being disabled. */
export async function changeUser(
  env: Env,
  id: string,
  { password, ...change }: AccountChange & { readonly password?: string | undefined },
): Promise<void> {
  const db = database(env);
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  if (!(await users.updateUser(db, id, { ...change, passwordHash })))
    throw await unchanged(env, id);
  if (password !== undefined || change.enabled === false)
    await revokeSessionsOf(db, id, Date.now());
  forgetTokens({ userId: id });
}

export async function deleteUser(env: Env, id: string): Promise<void> {
  if (!(await users.deleteUser(database(env), id))) throw await unchanged(env, id);
  forgetTokens({ userId: id });
}

async function unchanged(env: Env, id: string): Promise<Fault> {
  const { username } = await getUser(env, id);
  const message = `${username} is the last enabled Admin: make another one first.`;
  return new Fault("CONFLICT", message);
}
