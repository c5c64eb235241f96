// A guest's only way to other components, by calls and by messages, for the length of one call of its own: what it may
// reach, what led to it and until when it may wait is known here, where it can't change it. What it began ends with it.
import { RpcTarget } from "cloudflare:workers";
import { Fault } from "#domain/fault.ts";
import type { Grant, LinkGrant } from "#domain/link.ts";
import type { LinkedAnswer, LinkedCall } from "#domain/linked.ts";
import { MESSAGE_BYTES_MAX, chainHeaders } from "#domain/messaging.ts";
import type { HeardMessage } from "#domain/messaging.ts";
import { mayPublish } from "#domain/nats/permission.ts";
import { isServiced } from "#domain/nats/service.ts";
import { isSubject } from "#domain/nats/subject.ts";
import { LINKS_MAX, MESSAGES_MAX } from "#domain/port.ts";
import type { CallPort, Chain } from "#domain/port.ts";
import { natsOf, runnerOf } from "#stores/objects.ts";
import { callComponent } from "./component-call.ts";
import type { ComponentAnswer } from "./component-call.ts";

type PortGrant = Extract<Grant, { service: "link" | "messaging" }>;

type Of = {
  readonly grants: readonly PortGrant[];
  /** What led to the caller's own call. */
  readonly chain: Chain;
  readonly timeoutMs: number;
};

type Running = { readonly id: string; readonly nodeId: string };

/** No guest runs for longer. */
const WAIT_MS_MAX = 300_000;
/** Who is asked may outlast the caller by so much: were both late at once, it would be chance whose deadline is told. */
const OUTLASTS_MS = 500;

export function isPortGrant(grant: Grant): grant is PortGrant {
  return grant.service === "link" || grant.service === "messaging";
}

export class GuestPort extends RpcTarget implements CallPort {
  readonly #env: Env;
  readonly #of: Of;
  readonly #endsAt: number;
  #isBusy = false;
  #isOver = false;
  #running: Running | null = null;

  constructor(env: Env, of: Of) {
    super();
    this.#env = env;
    this.#of = of;
    this.#endsAt = Date.now() + of.timeoutMs;
  }

  async call(asked: LinkedCall): Promise<LinkedAnswer> {
    const grant = this.#grantFor(asked.interface);
    if (grant === null) return refused(`no link of the component leads to ${asked.interface}.`);
    // A component waits for what it has asked: more at once is none of its glue's.
    if (this.#isBusy) return refused("a component makes one call at a time.");
    if (this.#of.chain.links >= LINKS_MAX) {
      return refused(`${LINKS_MAX} components wait for each other already.`);
    }
    this.#isBusy = true;
    try {
      return answered(grant.component, await this.#call(grant, asked));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return refused(thrown.message);
    } finally {
      this.#isBusy = false;
    }
  }

  async publish({ subject, body, reply }: HeardMessage): Promise<string | null> {
    const lattice = this.#latticeFor(subject, body);
    if (typeof lattice === "string") return lattice;
    const headers = chainHeaders(this.#of.chain.messages + 1);
    await lattice.publish([{ subject, reply, headers, payload: body }]);
    return null;
  }

  async request(message: Parameters<CallPort["request"]>[0]): Promise<HeardMessage | string> {
    const { subject, body, timeoutMs } = message;
    const lattice = this.#latticeFor(subject, body);
    if (typeof lattice === "string") return lattice;
    const waitMs = Math.min(timeoutMs, WAIT_MS_MAX);
    const headers = chainHeaders(this.#of.chain.messages + 1);
    const answer = await lattice.request({ subject, headers, payload: body }, waitMs);
    if (answer === "nobody") return `Nobody listens on ${subject}.`;
    if (answer === null) return `Nobody answered on ${subject} within ${waitMs} ms.`;
    return { subject: answer.subject, body: answer.payload, reply: answer.reply };
  }

  /** The caller's own call is over. */
  async end(): Promise<void> {
    this.#isOver = true;
    const running = this.#running;
    if (running !== null) await runnerOf(this.#env, running.nodeId).cancel(running.id);
  }

  #call(grant: LinkGrant, asked: LinkedCall): Promise<ComponentAnswer | null> {
    const functionName = `${asked.interface}#${asked.function}`;
    const parameters: unknown = JSON.parse(asked.parameters);
    return callComponent(this.#env, grant, async (whose, { nodeId, maxSeconds }) => {
      const leftMs = this.#endsAt - Date.now();
      if (this.#isOver || leftMs <= 0) {
        throw new Fault("EXECUTION_TIMEOUT", "The caller's time is over.");
      }
      const timeoutMs = Math.min(1000 * maxSeconds, leftMs + OUTLASTS_MS);
      const id = crypto.randomUUID();
      this.#running = { id, nodeId };
      try {
        const { links, messages } = this.#of.chain;
        const chain = { links: links + 1, messages };
        const call = { id, ...whose, functionName, parameters, timeoutMs, chain };
        return await runnerOf(this.#env, nodeId).invoke(call);
      } finally {
        this.#running = null;
      }
    });
  }

  /** What carries the message; a text is the reason why it can't go out. */
  #latticeFor(subject: string, body: Uint8Array) {
    const grant = this.#of.grants.find(({ service }) => service === "messaging");
    if (grant === undefined) return "No link leads to messaging.";
    if (!isSubject(subject)) return `${subject} is no subject that could be published on.`;
    if (isServiced(subject) || !mayPublish("Developer", subject)) {
      return `${subject} is the orchestrator's own.`;
    }
    if (body.length > MESSAGE_BYTES_MAX) return `A message has at most ${MESSAGE_BYTES_MAX} bytes.`;
    if (this.#of.chain.messages >= MESSAGES_MAX) {
      return `The message on ${subject} was dropped: ${MESSAGES_MAX} of components led to it already.`;
    }
    return natsOf(this.#env, grant.lattice);
  }

  #grantFor(name: string): LinkGrant | null {
    const links = this.#of.grants.filter((grant) => grant.service === "link");
    const grants = links.filter(({ interfaces }) => interfaces.includes(name));
    return grants.find((grant) => grant.name === "default") ?? grants[0] ?? null;
  }
}

function answered(component: string, answer: ComponentAnswer | null): LinkedAnswer {
  if (answer === null) return refused(`${component} is being moved.`);
  if (answer.type === "fault") {
    const { message, details } = answer.fault;
    return refused([message, ...details].join(" "));
  }
  const { failure, returnValue } = answer.result;
  if (failure === null) return { ok: true, value: returnValue };
  return refused(`${component} failed: ${failure.code}: ${failure.message}`);
}

function refused(reason: string): LinkedAnswer {
  return { ok: false, reason };
}
