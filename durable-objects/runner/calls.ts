// The calls in flight on a node, and how each is ended before its time: its guest is told, and stops at its next slice.
import type { Assignment, Call, CallAnswer } from "#domain/execution.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { GuestHost } from "./host.ts";

type Begun = { readonly host: GuestHost; readonly assignment: Assignment; readonly call: Call };
type Running = Begun & {
  readonly id: string;
  /** Why it is to end; the first reason stands. */
  ending: FaultReport | null;
};

export class Calls {
  readonly #running = new Map<string, Running>();

  /** Runs a call under an id that no other has. */
  async run(begun: Begun, perform: (call: Call) => Promise<CallAnswer>): Promise<CallAnswer> {
    const { call } = begun;
    const id = call.id ?? crypto.randomUUID();
    const running: Running = { ...begun, id, ending: null };
    this.#running.set(id, running);
    try {
      const answer = await perform({ ...call, id });
      if (answer.type !== "result" || answer.result.failure?.code !== "GUEST_CANCELLED") {
        return answer;
      }
      const fault = running.ending ?? gone(call);
      return { type: "fault", fault, gasUsed: answer.result.gasUsed ?? 0 };
    } finally {
      this.#running.delete(id);
    }
  }

  /** Its client has gone. A call that is over is none to end. */
  async cancel(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) await end(running, gone(running.call));
  }

  /** A version was taken away, or all of them were. */
  async withdraw(moduleId: string | null, nodeId: string): Promise<void> {
    const affected = [...this.#running.values()].filter(
      ({ call }) => moduleId === null || call.moduleId === moduleId,
    );
    await Promise.all(affected.map((running) => end(running, withdrawn(running.call, nodeId))));
  }
}

async function end(running: Running, fault: FaultReport): Promise<void> {
  running.ending ??= fault;
  try {
    await running.host.cancel(running.assignment, running.id);
  } catch (thrown) {
    // An isolate that is gone has no call to end; one that is there ends it at its deadline.
    console.warn("a call could not be cancelled", thrown);
  }
}

function gone({ functionName, moduleId }: Call): FaultReport {
  const message = `The client left before ${functionName} of ${moduleId} answered.`;
  return { code: "CLIENT_GONE", message, details: [] };
}

function withdrawn({ functionName, moduleId }: Call, nodeId: string): FaultReport {
  const message = `${moduleId} was withdrawn from ${nodeId} while ${functionName} ran; try again.`;
  return { code: "MODULE_WITHDRAWN", message, details: [], retryAfterSeconds: 1 };
}
