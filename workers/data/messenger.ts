// Gives a message of a lattice to a component that its link has hear it: one of its instances, chosen as for a request.
// Messages are told at most once, as NATS does: what a component doesn't take is told in the log, and not again.
import { WorkerEntrypoint } from "cloudflare:workers";
import { Fault } from "#domain/fault.ts";
import { HANDLER } from "#domain/messaging.ts";
import type { HeardMessage } from "#domain/messaging.ts";
import type { Chain } from "#domain/port.ts";
import { runnerOf } from "#stores/objects.ts";
import { callComponent } from "./component-call.ts";
import type { ComponentAnswer, ComponentOf } from "./component-call.ts";

export class Messenger extends WorkerEntrypoint<Env> {
  /** `chain`: of what it came. */
  async deliver(to: ComponentOf, message: HeardMessage, chain: Chain): Promise<void> {
    try {
      const answer = await this.#call(to, message, chain);
      const reason = answer === null ? "its instance is being moved" : failureOf(answer);
      if (reason !== null) untold(to, message, reason);
    } catch (thrown) {
      const reason = thrown instanceof Fault ? thrown.message : String(thrown);
      untold(to, message, reason);
    }
  }

  /** Null where the node does not hold the version. */
  #call(to: ComponentOf, { subject, body, reply }: HeardMessage, chain: Chain) {
    return callComponent(this.env, to, (whose, { nodeId, maxSeconds }) =>
      runnerOf(this.env, nodeId).invoke({
        ...whose,
        functionName: `${HANDLER}#handle-message`,
        parameters: [{ subject, body, "reply-to": reply }],
        timeoutMs: 1000 * maxSeconds,
        chain,
      }),
    );
  }
}

/** What the handler, or what ran it, says against it. */
function failureOf(answer: ComponentAnswer): string | null {
  if (answer.type === "fault") return answer.fault.message;
  const { failure, returnValue } = answer.result;
  if (failure !== null) return `${failure.code}: ${failure.message}`;
  const told: unknown = JSON.parse(returnValue ?? "null");
  const isError = typeof told === "object" && told !== null && "err" in told;
  return isError ? String(told.err) : null;
}

function untold({ lattice, component }: ComponentOf, { subject }: HeardMessage, reason: string) {
  console.warn(`${component} of ${lattice} did not take a message on ${subject}: ${reason}`);
}
