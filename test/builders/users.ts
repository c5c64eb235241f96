// Users of each role, made as an Admin makes them, each with rate budgets of its own.
import type { Role } from "#domain/role.ts";
import { Client, nobody } from "#test/builders/client.ts";
import type { Answer } from "#test/builders/client.ts";

type LoggedIn = {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: { readonly username: string; readonly role: Role };
};

export const ADMIN = { username: "admin@example.com", password: "Admin123!" };
const PASSWORD = "correct horse battery staple";

let made = 0;
let first: Promise<Client> | null = null;

/** A name that nothing else in this test file has. */
export function unique(prefix: string): string {
  made += 1;
  return `${prefix}-${made}`;
}

/** From an address of its own, so that no login takes another's budget. */
export function login(
  credentials: { username: string; password: string },
  address: string = unique("address"),
): Promise<Answer<LoggedIn>> {
  return nobody.post("/api/v1/authentication/login", credentials, { "CF-Connecting-IP": address });
}

/** The Admin whom the secrets name. */
export function admin(): Promise<Client> {
  first ??= enter(ADMIN);
  return first;
}

/** A new user of that role. */
export async function user(role: Role): Promise<Client> {
  const credentials = { username: `${unique(role.toLowerCase())}@example.com`, password: PASSWORD };
  const by = await admin();
  const answer = await by.post("/api/v1/authentication/users", { ...credentials, role });
  if (answer.status !== 201) throw new Error(`no ${role}: ${JSON.stringify(answer.body)}`);
  return enter(credentials);
}

/** Somebody of that role, somebody new after so many uses: for buckets that allow no more a minute. */
export function shift(role: Role, usesMax: number): () => Promise<Client> {
  let left = 0;
  let current: Promise<Client> | null = null;
  return () => {
    if (current === null || left === 0) {
      current = user(role);
      left = usesMax;
    }
    left -= 1;
    return current;
  };
}

async function enter(credentials: { username: string; password: string }): Promise<Client> {
  const { status, body } = await login(credentials);
  if (status !== 200) throw new Error(`no login: ${JSON.stringify(body)}`);
  return new Client({ username: body.user.username, token: body.token });
}
