// One node of an orchestrator: modules are registered, served on it and called over connections of the bench's own.
import type { Client } from "#scripts/client.ts";
import { reached } from "./fixture.ts";
import type { Answered, Connections, Target } from "./load.ts";

export const REGION = "us-east";
const MODULES = "/api/v1/wasm/modules";
/** 100 % of a core for as long: the whole budget of an endless loop. */
const LIMITS = { maxExecutionTimeSeconds: 10, maxCpuPercent: 100, maxMemoryMB: 64 };

export type Called = {
  readonly moduleId: string;
  readonly functionName: string;
  readonly parameters?: unknown;
};

type Given = { readonly name?: string; readonly wasiVersion?: string; readonly limits?: object };

export class Host {
  readonly #client: Client;
  readonly #connections: Connections;
  readonly #url: string;
  readonly #token: string;
  #registered = 0;

  constructor(of: { client: Client; connections: Connections; url: string; token: string }) {
    this.#client = of.client;
    this.#connections = of.connections;
    this.#url = of.url;
    this.#token = of.token;
  }

  /** Registers a module and brings it onto the node; it is then called by its name. */
  async serve(name: string, bytes: Uint8Array, given: Given = {}): Promise<void> {
    const { status, text } = await this.register(bytes, { ...given, name });
    if (status !== 201) throw new Error(`${name} was answered ${status}: ${text}`);
    await this.deploy(`${name}-v1.0.0`);
  }

  /** Tries to: whatever the answer is. Without a name it gets one of its own. */
  register(bytes: Uint8Array, given: Given = {}): Promise<Answered> {
    this.#registered += 1;
    return this.#connections.send(
      this.#post(MODULES, {
        name: `hostile-${this.#registered}`,
        version: "1.0.0",
        wasiVersion: "preview2",
        wasmBinary: Buffer.from(bytes).toString("base64"),
        ...given,
        limits: { ...LIMITS, ...given.limits },
      }),
    );
  }

  async deploy(moduleId: string): Promise<void> {
    const path = "/api/v1/wasm/deployments";
    const { deploymentId } = await this.#client.send<{ deploymentId: string }>("POST", path, {
      moduleId,
      targetRegions: [REGION],
      strategy: "BlueGreen",
      strategyConfig: { healthCheckTimeout: "PT0S", keepBlueEnvironment: false },
      healthCheck: { enabled: false },
    });
    await this.#client.send("POST", `${path}/${deploymentId}/execute`);
    await reached(this.#client, deploymentId, { status: "Completed", msMax: 20_000 });
  }

  call(given: Called): Promise<Answered> {
    return this.#connections.send(this.#post("/api/v1/wasm/execute", given));
  }

  /** What it returned, as JSON. */
  async value(given: Called): Promise<string> {
    const { text } = await this.call(given);
    // An answer of the 000 dialect.
    return (JSON.parse(text) as { returnValue?: string }).returnValue ?? text;
  }

  /** Asks a module by HTTP. */
  ask(name: string, path: string): Promise<Answered> {
    const { headers } = this.#post("", {});
    const url = `${this.#url}${MODULES}/${name}/http/${path}`;
    return this.#connections.send({ url, method: "GET", headers, body: "" });
  }

  #post(path: string, body: object): Target {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${this.#token}` };
    return { url: `${this.#url}${path}`, method: "POST", headers, body: JSON.stringify(body) };
  }
}

/** How a call or a registration ended, in a word: an error's code, or that there was none. */
export function codeOf({ status, text }: Answered): string {
  // An answer of the 000 dialect: a call's, a module's or an error's.
  const { success, error } = JSON.parse(text) as { success?: boolean; error?: { code: string } };
  return error?.code ?? (success === true ? "returned" : String(status));
}
