// The runtime as chaos holds it: started, killed with all its processes at once, started again on the same state.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Blow, Ordered, Start, Struck, Up } from "./child.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const UP_MS_MAX = 60_000;

export class Runtime {
  readonly #start: Start;
  readonly #log: number;
  #spare: ChildProcess | null = null;
  #running: ChildProcess | null = null;
  #isUp = false;
  #blows = 0;
  #up: PromiseWithResolvers<Up> = Promise.withResolvers();

  /** Whatever the runtime says goes to the file `log`. */
  constructor(start: Start, log: string) {
    this.#start = start;
    this.#log = openSync(log, "a");
  }

  /** Starts it; `up` tells when it answers. */
  boot(): void {
    const child = this.#spare ?? begin(this.#log);
    this.#spare = null;
    this.#running = child;
    child.once("message", (up: Up) => {
      if (child !== this.#running) return;
      this.#isUp = true;
      this.#up.resolve(up);
      this.#spare ??= begin(this.#log);
    });
    child.send(this.#start);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Answers as soon as the runtime is up, now or after a restart. */
  async up(): Promise<Up> {
    const timer = new AbortController();
    const late = sleep(UP_MS_MAX, null, { signal: timer.signal }).catch(() => null);
    const up = await Promise.race([this.#up.promise, late]);
    timer.abort();
    if (up === null) throw new Error(`The runtime was not up within ${UP_MS_MAX / 1000} s.`);
    return up;
  }

  /** Does it to the runtime that runs; false when there was nothing to strike, or it was killed meanwhile. */
  async strike(blow: Blow): Promise<boolean> {
    await this.up();
    const child = this.#running;
    if (child === null) return false;
    const number = (this.#blows += 1);
    return new Promise((resolve) => {
      const end = (struck: boolean): void => {
        child.removeListener("message", told).removeListener("exit", gone);
        resolve(struck);
      };
      const told = (answer: Struck): void => {
        if (answer.number === number) end(answer.struck);
      };
      const gone = (): void => end(false);
      child.on("message", told).on("exit", gone);
      child.send({ number, blow } satisfies Ordered);
    });
  }

  /** SIGKILL to the whole process group: node and workerd end at once, and nobody tidies up. */
  async kill(): Promise<void> {
    const child = this.#running;
    this.#running = null;
    if (this.#isUp) this.#up = Promise.withResolvers();
    this.#isUp = false;
    if (child !== null) await end(child, this.#start.port);
  }

  async dispose(): Promise<void> {
    await this.kill();
    if (this.#spare !== null) await end(this.#spare, this.#start.port);
  }
}

/** Detached: it leads a process group of its own, which workerd belongs to. */
function begin(log: number): ChildProcess {
  return fork(CHILD, { detached: true, stdio: ["ignore", log, log, "ipc"] });
}

/** Over when the leader is gone and nobody listens any more. (What the group leaves to init may linger, dead.) */
async function end(child: ChildProcess, port: number): Promise<void> {
  if (child.pid === undefined) return;
  const exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It had ended by itself.
  }
  await exit;
  while (await listens(port)) await sleep(5);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const told = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => told(true)).once("error", () => told(false));
  });
}
