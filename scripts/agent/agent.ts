// Obeys the node's runner: loads what the node holds, calls it, and tells what came of it. It keeps nothing that the
// runner would not tell it again.
import { MESSAGE_CHARACTERS_MAX } from "#domain/agent/protocol.ts";
import type { CallOrder, LoadOrder, Order } from "#domain/agent/order.ts";
import type { AgentFault, Report } from "#domain/agent/report.ts";
import type { GuestAnswer } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import type { Guests, Thread } from "./guests.ts";
import type { Library } from "./library.ts";

/** Threads that are open at once; the one that was called the longest ago makes room. */
const THREADS_MAX = 64;
/** What was taken away has so long to answer the calls that were told to end. */
const UNLOAD_MS = 2_000;

type Loaded = {
  readonly order: LoadOrder;
  /** Null until it is wanted, and again once it was closed to make room. */
  thread: Promise<Thread> | null;
  open: Thread | null;
};

export type Say = (report: Report) => void;

export class Agent {
  readonly #guests: Guests;
  readonly #library: Library;
  /** In the order of their last calls. */
  readonly #loaded = new Map<string, Loaded>();
  #callsInFlight = 0;

  constructor(guests: Guests, library: Library) {
    this.#guests = guests;
    this.#library = library;
  }

  get isIdle(): boolean {
    return this.#callsInFlight === 0;
  }

  /** `say` goes to where the order came from: should that be gone, nobody waits for the answer. */
  obey(order: Exclude<Order, { type: "welcome" }>, say: Say): void {
    switch (order.type) {
      case "load":
        return void this.#load(order, say);
      case "call":
        return void this.#call(order, say);
      case "cancel":
        this.#loaded.get(order.moduleId)?.open?.cancel(order.callId);
        return;
      case "unload":
        return this.#drop(order.moduleId);
    }
  }

  /** Whatever else was loaded before is not the node's any more. */
  keep(moduleIds: readonly string[]): void {
    const kept = new Set(moduleIds);
    for (const moduleId of this.#loaded.keys()) if (!kept.has(moduleId)) this.#drop(moduleId);
  }

  async #load(order: LoadOrder, say: Say): Promise<void> {
    const { id, moduleId } = order;
    const before = this.#loaded.get(moduleId);
    const isSame =
      before?.order.artifact === order.artifact && before.order.harness === order.harness;
    if (!isSame) {
      this.#drop(moduleId);
      this.#loaded.set(moduleId, { order, thread: null, open: null });
    }
    try {
      await this.#threadOf(moduleId);
      say({ type: "loaded", id, fault: null });
    } catch (thrown) {
      say({ type: "loaded", id, fault: faultOf(thrown) });
    }
  }

  async #call({ id, moduleId, request }: CallOrder, say: Say): Promise<void> {
    this.#callsInFlight += 1;
    try {
      const thread = await this.#threadOf(moduleId);
      const answer = await thread.call(JSON.stringify(request), request.timeoutMs);
      say({ type: "answer", id, answer: fitting(answer) });
    } catch (thrown) {
      say({ type: "fault", id, fault: faultOf(thrown) });
    } finally {
      this.#callsInFlight -= 1;
    }
  }

  async #threadOf(moduleId: string): Promise<Thread> {
    const loaded = this.#loaded.get(moduleId);
    if (loaded === undefined)
      throw new Fault("UNAVAILABLE", `The agent does not hold ${moduleId}.`);
    this.#loaded.delete(moduleId);
    this.#loaded.set(moduleId, loaded);
    if (loaded.open?.isEnded === true) loaded.thread = null;
    loaded.thread ??= this.#open(loaded);
    try {
      loaded.open = await loaded.thread;
      return loaded.open;
    } catch (thrown) {
      loaded.thread = null;
      throw thrown;
    }
  }

  async #open({ order }: Loaded): Promise<Thread> {
    this.#makeRoom();
    const { parts, main } = await this.#library.guestOf(order);
    return this.#guests.open(parts, main);
  }

  #makeRoom(): void {
    const open = [...this.#loaded.values()].filter(({ open }) => open?.isEnded === false);
    const idle = open.filter(({ open }) => open?.callsInFlight === 0);
    for (const loaded of idle.slice(0, Math.max(0, open.length - THREADS_MAX + 1))) {
      loaded.open?.close();
      loaded.open = null;
      loaded.thread = null;
    }
  }

  #drop(moduleId: string): void {
    const loaded = this.#loaded.get(moduleId);
    this.#loaded.delete(moduleId);
    const close = (): void =>
      void loaded?.thread?.then(
        (thread) => thread.close(),
        () => undefined,
      );
    if (loaded?.open?.callsInFlight === 0) close();
    else setTimeout(close, UNLOAD_MS);
  }
}

/** What no message has room for is more than a function may return. */
function fitting(answer: GuestAnswer): GuestAnswer {
  if (JSON.stringify(answer).length < MESSAGE_CHARACTERS_MAX - 1_000) return answer;
  const message = "What the function returned and wrote is more than its node's agent can tell.";
  const failure = { code: "GUEST_OUTPUT", message } as const;
  return { ...answer, returnValue: null, stdout: "", stderr: "", failure };
}

function faultOf(thrown: unknown): AgentFault {
  const isCorrupt = thrown instanceof Fault && thrown.code === "ARTIFACT_CORRUPT";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = isCorrupt ? "ARTIFACT_CORRUPT" : "UNAVAILABLE";
  return { code, message: message.slice(0, 4_000) || "unknown", details: [] };
}
