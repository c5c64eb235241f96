// Logins of the 003 dialect, each from an address of its own, and what may be done with them.
import { Client, nobody } from "#test/builders/client.ts";
import type { Answer } from "#test/builders/client.ts";
import { admin, unique } from "#test/builders/users.ts";

export type Envelope<Data> = {
  readonly success: boolean;
  readonly data: Data;
  readonly error?: string;
};

export type Tokens = {
  readonly token: string;
  readonly expires_at: string;
  readonly refresh_token: string;
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly email: string | null;
    readonly roles: readonly string[];
  };
};

export type Credentials = { readonly username: string; readonly password: string };

const PASSWORD = "secure_password";

/** From an address of its own, whose budget nobody else spends. */
function post<Data>(path: string, json: unknown): Promise<Answer<Envelope<Data>>> {
  return nobody.post<Envelope<Data>>(path, json, { "CF-Connecting-IP": unique("address") });
}

export function logIn({ username, password, mfa_code }: Credentials & { mfa_code?: string }) {
  return post<Tokens>("/auth/login", { username, password, mfa_code });
}

export function refresh(given: { token: string } | { refresh_token: string }) {
  return post<Tokens>("/auth/refresh", given);
}

/** A new user of these roles, and the id. */
export async function account(
  roles: readonly string[] = ["viewer"],
): Promise<Credentials & { readonly id: string }> {
  const credentials = { username: unique("user"), password: PASSWORD };
  const by = await admin();
  const { status, body } = await by.post<Envelope<{ id: string }>>("/users", {
    ...credentials,
    roles,
  });
  if (status !== 201) throw new Error(`no user: ${JSON.stringify(body)}`);
  return { ...credentials, id: body.data.id };
}

export async function tokens(given: Credentials & { mfa_code?: string }): Promise<Tokens> {
  const { status, body } = await logIn(given);
  if (status !== 200) throw new Error(`no login: ${JSON.stringify(body)}`);
  return body.data;
}

export function holding(token: string): Client {
  return new Client({ username: "holder", token });
}
