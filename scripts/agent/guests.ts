// The guests of this machine as the agent calls them: threads in a process that has nothing to lose. A call always
// comes to an end: by the guest's answer, by the end of its thread or of the process, or because it hung and was ended.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { guestAnswer } from "#domain/agent/report.ts";
import type { GuestAnswer, GuestFailure } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import type { Piece } from "#guest/assembly.ts";
import type { Seed } from "./guest/enclosure.ts";
import type { Order, Report } from "./guest/process.ts";
import type { Told } from "./guest/thread.ts";

const HOME = fileURLToPath(new URL("guest/", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** It reads its own four files and may start threads: nothing else of the machine but its network is left to it. */
const FLAGS = [
  "--permission",
  "--allow-worker",
  `--allow-fs-read=${HOME}`,
  `--allow-fs-read=${ROOT}package.json`,
  "--disallow-code-generation-from-strings",
  // What the meter says of its branches, which workerd's V8 heeds without being told.
  "--experimental-wasm-branch-hinting",
  "--experimental-vm-modules",
  "--js-base-64",
  "--no-warnings",
];
/** What the realm is opened with, by the names by which its modules import each other. */
const REALM = {
  "realm.ts": `${HOME}realm.ts`,
  "#domain/agent/values.ts": `${ROOT}workers/domain/agent/values.ts`,
};
const START_MS_MAX = 20_000;
/** A guest looks at its deadline itself: one that has not after so long hangs. */
const HUNG_MS = 1_000;

type Running = {
  readonly resolve: (answer: GuestAnswer) => void;
  readonly reject: (fault: Fault) => void;
};

export class Guests {
  readonly #realm = Object.entries(REALM).map(([name, path]) => ({
    name,
    kind: "js" as const,
    text: stripTypeScriptTypes(readFileSync(path, "utf8")),
  }));
  readonly #threads = new Map<number, Thread>();
  #process: ChildProcess | null = null;
  #lastThread = 0;

  /** Ready once its modules were compiled and linked; a Fault where they could not be. */
  async open(parts: readonly Piece[], main: string): Promise<Thread> {
    const process = this.#running();
    this.#lastThread += 1;
    const number = this.#lastThread;
    const thread = new Thread((order) => {
      if (process.connected) process.send({ ...order, thread: number });
    });
    this.#threads.set(number, thread);
    const seed: Seed = { realm: this.#realm, parts, main };
    process.send({ type: "open", thread: number, seed } satisfies Order);
    try {
      await thread.ready();
      return thread;
    } catch (thrown) {
      thread.close();
      throw thrown;
    }
  }

  stop(): void {
    this.#process?.kill("SIGKILL");
  }

  #running(): ChildProcess {
    if (this.#process !== null) return this.#process;
    const child = fork(`${HOME}process.ts`, [], {
      execArgv: FLAGS,
      env: {},
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (report: Report) => this.#hear(report));
    child.on("error", (cause) => console.error(`The guests' process: ${cause.message}`));
    child.on("exit", () => {
      if (this.#process === child) this.#process = null;
      const lost = new Fault("UNAVAILABLE", "The agent's guests ended all at once; try again.");
      for (const thread of this.#threads.values()) thread.end(lost);
      this.#threads.clear();
    });
    this.#process = child;
    return child;
  }

  #hear(report: Report): void {
    const thread = this.#threads.get(report.thread);
    if (report.type === "told") return thread?.hear(report.told);
    this.#threads.delete(report.thread);
    thread?.end(null);
  }
}

export class Thread {
  readonly #send: (order: Unaddressed) => void;
  readonly #started = Promise.withResolvers<void>();
  readonly #running = new Map<number, Running>();
  #lastCall = 0;
  #isEnded = false;

  constructor(send: (order: Unaddressed) => void) {
    this.#send = send;
    // Whoever waits for it is told; nobody need.
    this.#started.promise.catch(() => undefined);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get callsInFlight(): number {
    return this.#running.size;
  }

  async ready(): Promise<void> {
    const late = setTimeout(() => {
      this.#started.reject(new Fault("UNAVAILABLE", `It did not start in ${START_MS_MAX} ms.`));
    }, START_MS_MAX);
    await this.#started.promise.finally(() => clearTimeout(late));
  }

  /** The request as JSON, with its arguments told. A Fault where the guest was lost by no doing of its own. */
  async call(request: string, timeoutMs: number): Promise<GuestAnswer> {
    this.#lastCall += 1;
    const id = this.#lastCall;
    const hung = setTimeout(() => this.#hang(id, timeoutMs), timeoutMs + HUNG_MS);
    try {
      return await new Promise<GuestAnswer>((resolve, reject) => {
        if (this.#isEnded) return reject(ended());
        this.#running.set(id, { resolve, reject });
        this.#send({ type: "call", asked: { id, request } });
      });
    } finally {
      clearTimeout(hung);
      this.#running.delete(id);
    }
  }

  cancel(callId: string): void {
    this.#send({ type: "cancel", callId });
  }

  close(): void {
    this.#send({ type: "close" });
  }

  hear(told: Told): void {
    switch (told.type) {
      case "ready":
        return this.#started.resolve();
      case "failed":
        return this.#started.reject(new Fault("UNAVAILABLE", told.message.slice(0, 4_000)));
      case "answer": {
        const { json, thrown } = told;
        this.#running.get(told.id)?.resolve(json === null ? failed(thrown) : answerOf(json));
      }
    }
  }

  /** Its calls come to nothing: by a fault, or else because the guest brought its own thread down. */
  end(fault: Fault | null): void {
    this.#isEnded = true;
    this.#started.reject(fault ?? ended());
    for (const { resolve, reject } of this.#running.values()) {
      if (fault === null) resolve(failed("The guest's thread ended."));
      else reject(fault);
    }
  }

  /** One that does not look at its deadline holds the thread: there is no other way to end it. */
  #hang(id: number, timeoutMs: number): void {
    const message = `The guest did not end within ${timeoutMs} ms, and its thread was ended.`;
    this.#running.get(id)?.resolve(failed(message, "GUEST_DEADLINE"));
    this.end(new Fault("UNAVAILABLE", "Another call of the module held its thread, which ended."));
    this.close();
  }
}

type Without<One> = One extends unknown ? Omit<One, "thread"> : never;
type Unaddressed = Without<Exclude<Order, { type: "open" }>>;

function ended(): Fault {
  return new Fault("UNAVAILABLE", "The guest's thread has ended.");
}

/** Nothing that comes out of a realm is believed unread. */
function answerOf(json: string): GuestAnswer {
  const parsed = guestAnswer.safeParse(JSON.parse(json));
  return parsed.success ? parsed.data : failed("The guest's answer makes no sense.");
}

function failed(message: string, code: GuestFailure["code"] = "GUEST_TRAP"): GuestAnswer {
  return {
    returnValue: null,
    failure: { code, message: message.slice(0, 4_000) },
    memoryUsedBytes: 0,
    gasUsed: null,
    stdout: "",
    stderr: "",
    exitCode: null,
  };
}
