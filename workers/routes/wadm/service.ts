// The dialect over NATS: what the lattice's Durable Object asks of the Worker. It gives back messages, and throws
// nothing: a fault is an answer like any other.
import { WorkerEntrypoint } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { login } from "#control/identity.ts";
import { circumstancesOf, decideFor, refusalOf } from "#control/permission.ts";
import { verifyToken } from "#control/token.ts";
import { Fault } from "#domain/fault.ts";
import type { NewLedgerEntry } from "#domain/ledger.ts";
import type { Message } from "#domain/nats/frame.ts";
import { readHeaders } from "#domain/nats/headers.ts";
import { matches } from "#domain/nats/subject.ts";
import { parseModelSubject } from "#domain/oam/subject.ts";
import { isChange } from "#domain/role.ts";
import type { Action, Principal } from "#domain/role.ts";
import { faultOf, logBug } from "#http/error.ts";
import { record } from "#stores/ledger.ts";
import { answerJetStream } from "./jetstream.ts";
import type { Answer } from "./jetstream.ts";
import { ACTIONS, answerModel } from "./model.ts";
import { formatOf } from "./schema.ts";
import { errorView } from "./view.ts";

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

  async answer(request: Request): Promise<Answer> {
    const { subject, reply } = request;
    if (reply === null) return { messages: [], consumer: null };
    try {
      if (matches("$JS.API.>", subject)) {
        return await answerJetStream(this.env, { ...request, reply });
      }
      return just(answerOf(reply, await this.#bodyOf(request)));
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault !== null) return just(answerOf(reply, errorView(fault)));
      logBug(`nats ${subject}`, thrown);
      const message = "Something went wrong on our side.";
      return just(answerOf(reply, { result: "error", message }));
    }
  }

  async #bodyOf(request: Request): Promise<unknown> {
    const { subject } = request;
    if (matches("wadm.api.>", subject) || matches("*.wadm.api.>", subject)) {
      return answerOn(this.env, request);
    }
    return { result: "error", message: `Unsupported subject: ${subject}` };
  }
}

/** As over HTTP: policies are asked, and a change and each refusal are in the ledger before they are answered. */
async function answerOn(env: Env, { subject, headers, payload, by }: Request): Promise<unknown> {
  const parsed = parseModelSubject(subject);
  if (!parsed.ok) return { result: "error", message: parsed.message };
  const { request } = parsed;
  const action = ACTIONS[request.operation];
  const resource = `models:${request.name === "" ? "*" : request.name}`;
  const entry = { actor: by.username, action, resource, evidence: { subject } };
  await permit(env, by, { ...entry, action });
  const asked = {
    ...request,
    payload: new TextDecoder().decode(payload),
    format: formatOf(readHeaders(headers).get("content-type")),
    principal: by,
    over: "nats" as const,
  };
  if (!isChange(action)) return answerModel(env, asked);
  try {
    const body = await answerModel(env, asked);
    await record(env, { ...entry, result: "success" }).catch((cause: unknown) => {
      const message = "It was done, but the ledger could not record it. Look before you try again.";
      throw new Fault("UNAVAILABLE", message, { cause });
    });
    return body;
  } catch (thrown) {
    const fault = faultOf(thrown);
    const reason = fault === null ? "INTERNAL_ERROR" : `${fault.code}: ${fault.message}`;
    if (fault?.code !== "UNAVAILABLE") await record(env, { ...entry, result: "failure", reason });
    throw thrown;
  }
}

function just(message: Message): Answer {
  return { messages: [message], consumer: null };
}

/** What its role lets somebody publish was looked at where it came in: here policies are. */
async function permit(
  env: Env,
  by: Principal,
  entry: Omit<NewLedgerEntry, "result"> & { readonly action: Action },
): Promise<void> {
  const context = circumstancesOf(by, Date.now());
  const decided = await decideFor(env, by, { ...entry, context });
  const { counted, reason } = decided;
  if (counted.length > 0) {
    const told = `Counted, not refused, by ${counted.join(" and ")}.`;
    await record(env, { ...entry, result: "success", reason: told });
  }
  if (decided.allowed) return;
  await record(env, { ...entry, result: "refused", reason: `FORBIDDEN: ${reason}` });
  throw refusalOf(decided);
}

function answerOf(reply: string, body: unknown): Message {
  const payload = new TextEncoder().encode(JSON.stringify(body));
  return { subject: reply, reply: null, headers: null, payload };
}
