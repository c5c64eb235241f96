// A guest's only way to the components that its links lead to, for the length of one call of its own: what it may reach,
// how deep it stands and until when it may wait is known here, where it can't change it. What it began ends with it.
import { RpcTarget } from "cloudflare:workers";
import { Fault } from "#domain/fault.ts";
import type { LinkGrant } from "#domain/link.ts";
import { LINK_DEPTH_MAX } from "#domain/linked.ts";
import type { LinkCalls, LinkedAnswer, LinkedCall } from "#domain/linked.ts";
import { runnerOf } from "#stores/objects.ts";
import { callComponent } from "./component-call.ts";
import type { ComponentAnswer } from "./component-call.ts";

type Of = {
  readonly grants: readonly LinkGrant[];
  /** How many calls by links the caller itself stands in. */
  readonly depth: number;
  readonly timeoutMs: number;
};

type Running = { readonly id: string; readonly nodeId: string };

export class LinkPort extends RpcTarget implements LinkCalls {
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
    const { depth } = this.#of;
    if (depth >= LINK_DEPTH_MAX) {
      return refused(`${LINK_DEPTH_MAX} components wait for each other already.`);
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
      const timeoutMs = Math.min(1000 * maxSeconds, this.#endsAt - Date.now());
      if (this.#isOver || timeoutMs <= 0) {
        throw new Fault("EXECUTION_TIMEOUT", "The caller's time is over.");
      }
      const id = crypto.randomUUID();
      this.#running = { id, nodeId };
      try {
        const call = { id, ...whose, functionName, parameters, timeoutMs };
        return await runnerOf(this.#env, nodeId).invoke({ ...call, depth: this.#of.depth + 1 });
      } finally {
        this.#running = null;
      }
    });
  }

  #grantFor(name: string): LinkGrant | null {
    const grants = this.#of.grants.filter(({ interfaces }) => interfaces.includes(name));
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
