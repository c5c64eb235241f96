// A machine outside: an agent in a process group of its own, which can be killed as a machine loses its power.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";

const AGENT = fileURLToPath(new URL("../edgeloom-agent.mjs", import.meta.url));

export class Machine {
  readonly nodeId: string;
  readonly #url: string;
  readonly #token: string;
  readonly #log: number;
  #process: ChildProcess | null = null;

  constructor({
    nodeId,
    url,
    token,
    log,
  }: {
    nodeId: string;
    url: string;
    token: string;
    log: string;
  }) {
    this.nodeId = nodeId;
    this.#url = url;
    this.#token = token;
    this.#log = openSync(log, "a");
  }

  start(): void {
    this.#process = spawn(process.execPath, [AGENT, "--url", this.#url], {
      detached: true,
      stdio: ["ignore", this.#log, this.#log],
      env: { ...process.env, EDGELOOM_NODE_TOKEN: this.#token },
    });
  }

  /** SIGKILL to the agent and all of its processes. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running?.pid === undefined || running.exitCode !== null) return;
    const exit = once(running, "exit");
    process.kill(-running.pid, "SIGKILL");
    await exit;
  }
}
