// The dialect over NATS: what the lattice's Durable Object asks of the Worker. It gives back messages, and throws
// nothing: a fault is an answer like any other.
import { WorkerEntrypoint } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { login } from "#control/identity.ts";
import { verifyToken } from "#control/token.ts";
import type { Message } from "#domain/nats/frame.ts";
import type { Principal } from "#domain/role.ts";
import { faultOf, logBug } from "#http/error.ts";

type Credentials = {
  readonly user: string | null;
  readonly password: string | null;
  readonly token: string | null;
};

type Request = Message & { readonly lattice: string; readonly by: Principal };

export class LatticeService extends WorkerEntrypoint<Env> {
  /** Null for what is no valid token, or no user with that password. */
  async authenticate({
    user,
    password,
    token,
  }: Credentials): Promise<{ principal: Principal; expiresAt: number | null } | null> {
    const now = Date.now();
    try {
      if (token === null) {
        const { principal, expiresAt } = await login(
          this.env,
          { username: user ?? "", password: password ?? "" },
          now,
        );
        return { principal, expiresAt };
      }
      const principal = await verifyToken(this.env, token, now);
      const { exp } = decodeJwt(token);
      return { principal, expiresAt: exp === undefined ? null : exp * 1000 };
    } catch (thrown) {
      if (faultOf(thrown) === null) logBug("nats", thrown);
      return null;
    }
  }

  async answer({ subject, reply }: Request): Promise<Message[]> {
    if (reply === null) return [];
    return [answerOf(reply, { result: "error", message: `Unsupported subject: ${subject}` })];
  }
}

function answerOf(reply: string, body: unknown): Message {
  const payload = new TextEncoder().encode(JSON.stringify(body));
  return { subject: reply, reply: null, headers: null, payload };
}
