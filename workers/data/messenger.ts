// Gives a message of a lattice to a component that its link has hear it: one of its instances, chosen as for a request.
// Messages are told at most once, as NATS does: what a component doesn't take is told in the log, and not again.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Choice } from "#domain/choice.ts";
import { componentKey } from "#domain/endpoint-key.ts";
import type { CallAnswer } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import { HANDLER } from "#domain/messaging.ts";
import type { HeardMessage } from "#domain/messaging.ts";
import { runnerOf } from "#stores/objects.ts";
import { callable, refresh } from "./callable.ts";
import { attempt } from "./routed.ts";
import type { AppSnapshot } from "#stores/ingress.ts";

type To = { readonly lattice: string; readonly component: string };

export class Messenger extends WorkerEntrypoint<Env> {
  async deliver({ lattice, component }: To, message: HeardMessage): Promise<void> {
    const key = componentKey(lattice, component);
    try {
      const app = await callable(this.env, key, "calls");
      const answer =
        (await this.#call(app, message)) ??
        (await this.#call((await refresh(this.env, key)) ?? app, message));
      const reason = answer === null ? "its instance is being moved" : failureOf(answer);
      if (reason !== null) untold({ lattice, component }, message, reason);
    } catch (thrown) {
      const reason = thrown instanceof Fault ? thrown.message : String(thrown);
      untold({ lattice, component }, message, reason);
    }
  }

  /** Null where the node does not hold the version. */
  async #call(app: AppSnapshot, { subject, body, reply }: HeardMessage) {
    const question = { moduleName: app.moduleName, moduleId: null, region: null, stickyKey: null };
    const call = ({ nodeId, moduleId, maxSeconds }: Choice) =>
      runnerOf(this.env, nodeId).invoke({
        moduleId,
        workload: app.workload.id,
        functionName: `${HANDLER}#handle-message`,
        parameters: [{ subject, body, "reply-to": reply }],
        timeoutMs: 1000 * maxSeconds,
      });
    const done = await attempt(question, app, async (choice) => {
      const answer: CallAnswer = await call(choice);
      return answer.type === "notAssigned" ? null : answer;
    });
    return done?.answer ?? null;
  }
}

/** What the handler, or what ran it, says against it. */
function failureOf(answer: Exclude<CallAnswer, { type: "notAssigned" }>): string | null {
  if (answer.type === "fault") return answer.fault.message;
  const { failure, returnValue } = answer.result;
  if (failure !== null) return `${failure.code}: ${failure.message}`;
  const told: unknown = JSON.parse(returnValue ?? "null");
  const isError = typeof told === "object" && told !== null && "err" in told;
  return isError ? String(told.err) : null;
}

function untold({ lattice, component }: To, { subject }: HeardMessage, reason: string): void {
  console.warn(`${component} of ${lattice} did not take a message on ${subject}: ${reason}`);
}
