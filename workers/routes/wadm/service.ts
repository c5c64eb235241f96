// The dialect over NATS: what the lattice's Durable Object asks of the Worker. It gives back messages, and throws
// nothing: a fault is an answer like any other.
import { WorkerEntrypoint } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { login } from "#control/identity.ts";
import { verifyToken } from "#control/token.ts";
import type { Event } from "#domain/event.ts";
import { unanswered } from "#domain/nats/frame.ts";
import type { Message } from "#domain/nats/frame.ts";
import { readHeaders } from "#domain/nats/headers.ts";
import type { Refusal } from "#domain/nats/session.ts";
import { matches } from "#domain/nats/subject.ts";
import { parseControlSubject } from "#domain/oam/control.ts";
import { parseModelSubject } from "#domain/oam/subject.ts";
import type { Principal } from "#domain/role.ts";
import { faultOf, logBug } from "#http/error.ts";
import { followOn } from "#stores/events.ts";
import { natsOf } from "#stores/objects.ts";
import { answerControl, controlFault } from "./control.ts";
import type { ControlAnswer } from "./control.ts";
import { answerJetStream } from "./jetstream.ts";
import type { Answer } from "./jetstream.ts";
import { ACTIONS, answerModel } from "./model.ts";
import { beatsOf, messagesOf } from "./lattice-event.ts";
import type { Carrier } from "./lattice-event.ts";
import { permitted, recordRefused, recordUnknown } from "./permitted.ts";
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
      const principal = await verifyToken(this.env, token, { now });
      const { exp } = decodeJwt(token);
      return { principal, expiresAt: exp === undefined ? null : exp * 1000 };
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault === null) logBug("nats", thrown);
      // A login tells the ledger by itself.
      else if (token !== null) await recordUnknown(this.env, `${fault.code}: ${fault.message}`);
      return null;
    }
  }

  /** What the connection refused by the role. */
  async refused(of: Refusal & { readonly by: Principal; readonly lattice: string }): Promise<void> {
    const { by, action, subject, reason, lattice } = of;
    const parsed = parseModelSubject(subject);
    const resource = parsed.ok ? modelResource(parsed.request.name) : `lattices:${lattice}`;
    await recordRefused(this.env, { by, action, resource, subject }, reason);
  }

  /** The hub's events are brought to a lattice's object from now on. */
  async follow(carrier: Carrier): Promise<void> {
    await followOn(this.env, carrier);
  }

  /** Events, as JSON. Answers on which of the carriers nobody listens. */
  async tell(events: string, carriers: readonly Carrier[]): Promise<string[]> {
    // The hub's own.
    const told = await messagesOf(this.env, JSON.parse(events) as Event[], carriers);
    const idle: string[] = [];
    for (const [carrier, messages] of told) {
      const isHeard = await natsOf(this.env, carrier).bring(messages);
      if (!isHeard) idle.push(carrier);
    }
    return idle;
  }

  async beats(
    carrier: Carrier,
    between: { readonly after: number; readonly to: number },
  ): Promise<Message[]> {
    return beatsOf(this.env, carrier, between);
  }

  async answer(request: Request): Promise<Answer> {
    const { subject, reply } = request;
    if (reply === null) return { messages: [], consumer: null };
    const isControl = matches("wasmbus.ctl.v1.>", subject);
    try {
      if (matches("$JS.API.>", subject)) {
        const asked = { by: request.by, action: "lattice:read", resource: "lattices:*" } as const;
        return await permitted(this.env, { ...asked, subject }, async () =>
          answerJetStream(this.env, { ...request, reply }),
        );
      }
      if (isControl) {
        const answers = await controlOn(this.env, request);
        if (answers.length === 0) return just(unanswered(reply));
        return { messages: answers.map((body) => answerOf(reply, body)), consumer: null };
      }
      return just(answerOf(reply, await answerOn(this.env, request)));
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault !== null) return just(answerOf(reply, errorView(fault)));
      logBug(`nats ${subject}`, thrown);
      const message = "Something went wrong on our side.";
      const body = isControl ? { success: false, message } : { result: "error", message };
      return just(answerOf(reply, body));
    }
  }
}

async function answerOn(env: Env, asked: Request): Promise<unknown> {
  const { subject, headers, payload, by } = asked;
  const parsed = parseModelSubject(subject);
  if (!parsed.ok) return { result: "error", message: parsed.message };
  const { request } = parsed;
  const action = ACTIONS[request.operation];
  const resource = modelResource(request.name);
  return permitted(env, { by, action, resource, subject }, async (permit) =>
    answerModel(env, {
      ...request,
      payload: new TextDecoder().decode(payload),
      format: formatOf(readHeaders(headers).get("content-type")),
      principal: by,
      permit: (name) => permit(`models:${name}`),
      over: "nats",
    }),
  );
}

function modelResource(name: string): string {
  return `models:${name === "" ? "*" : name}`;
}

/** In its own envelope, whatever went wrong. */
async function controlOn(env: Env, asked: Request): Promise<readonly ControlAnswer[]> {
  const { subject, payload, by } = asked;
  const parsed = parseControlSubject(subject);
  if (!parsed.ok) return [{ success: false, message: parsed.message }];
  const { request } = parsed;
  const { action, object, lattice } = request;
  const resource = action === "node:change" ? `nodes:${object ?? "*"}` : `lattices:${lattice}`;
  try {
    return await permitted(env, { by, action, resource, subject }, async () =>
      answerControl(env, {
        ...request,
        payload: new TextDecoder().decode(payload),
        principal: by,
      }),
    );
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return [controlFault(fault)];
  }
}

function just(message: Message): Answer {
  return { messages: [message], consumer: null };
}

function answerOf(reply: string, body: unknown): Message {
  const payload = new TextEncoder().encode(JSON.stringify(body));
  return { subject: reply, reply: null, headers: null, payload };
}
