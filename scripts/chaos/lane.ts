// One module's life under chaos: version after version is registered, rolled out and steered as its scenario says,
// through all kills. It notes what was acknowledged, and which ends are right given that.
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "#scripts/client.ts";
import { guestOf } from "./guest.ts";
import type { Scenario } from "./scenario.ts";
import { Traffic } from "./traffic.ts";
import type { Answer, World } from "./world.ts";

/** Isolates may route by what they knew for 1 s. */
const STALE_ROUTE_MS = 1_200;
const POLL_MS = 60;
/**
 * From the last time that the runtime came up, until a rollout has to have reached its end. It bakes until it has seen
 * calls enough, which a busy machine makes slowly: this is the bound of what hangs, not of what is slow.
 */
const SETTLE_MS_MAX = 120_000;
/** A claim is given back right after the end was listed: who comes a little early asks again. */
const BUSY_MS_MAX = 10_000;
/** A good version must not be withdrawn by chance, and a bad one need not be proven so to the last doubt. */
const FALSE_ALARMS = { good: 0.000_001, bad: 0.05 };
const ENDED = new Set(["Completed", "Failed", "RolledBack"]);

/** What came of a rollout, and what was acknowledged on the way. */
export type Report = {
  readonly deploymentId: string;
  readonly moduleId: string;
  readonly scenario: Scenario;
  /** Reasons of the transitions that must be on record. */
  readonly acknowledged: readonly string[];
  readonly right: readonly string[];
  readonly status: string;
  readonly settledAt: number;
};

export class Lane {
  readonly moduleName: string;
  readonly traffic: Traffic;
  readonly #world: World;
  /** Versions that may answer, and until when. */
  readonly #answering = new Map<number, number>();
  readonly #failing = new Set<number>();
  readonly registered: string[] = [];
  /** The rollout that is under way or was the last. */
  deploymentId: string | null = null;
  isBusy = false;
  #stable: number | null = null;
  #last = 0;

  constructor(world: World, moduleName: string) {
    this.moduleName = moduleName;
    this.#world = world;
    this.traffic = new Traffic(world, () => ({
      moduleName,
      versions: this.#versions(),
      failing: this.#failing,
      isNew: this.#stable === null,
    }));
  }

  /** The version that calls by name should reach; null before the first is deployed. */
  get stable(): { number: number; moduleId: string } | null {
    return this.#stable === null
      ? null
      : { number: this.#stable, moduleId: this.#id(this.#stable) };
  }

  /** Runs a scenario to its end. The first version of all has nothing to go back to: it is a good one. */
  async run(drawn: Scenario): Promise<Report> {
    this.isBusy = true;
    this.deploymentId = null;
    const scenario = this.#stable === null ? { ...drawn, kind: "good" as const } : drawn;
    const number = await this.#register(scenario);
    const moduleId = this.#id(number);
    const deploymentId = await this.#create(moduleId, { scenario, number });
    this.deploymentId = deploymentId;
    this.#answering.set(number, Number.POSITIVE_INFINITY);
    await this.#execute(deploymentId);
    const steered = await this.#steer(deploymentId, scenario);
    const status = await this.#settled(deploymentId, scenario, steered.right);
    const settledAt = Date.now();
    this.isBusy = false;
    const gone = status === "Completed" ? this.#stable : number;
    if (gone !== null) this.#answering.set(gone, settledAt + STALE_ROUTE_MS);
    if (status === "Completed") this.#stable = number;
    const acknowledged = ["created", "executed", ...steered.acknowledged];
    return {
      deploymentId,
      moduleId,
      scenario,
      acknowledged,
      right: steered.right,
      status,
      settledAt,
    };
  }

  async #register(scenario: Scenario): Promise<number> {
    this.#last += 1;
    const number = this.#last;
    const traps = scenario.kind === "bad" ? scenario.trapsOfTen : 0;
    if (traps > 0) this.#failing.add(number);
    const { status, body, lost } = await this.#world.ask("POST", "/api/v1/wasm/modules", {
      name: this.moduleName,
      version: `1.0.${number}`,
      wasiVersion: "preview1",
      wasmBinary: Buffer.from(guestOf(number, traps)).toString("base64"),
    });
    if (status !== 201 && !(status === 409 && lost > 0)) {
      this.#world.violated(`Registering answered ${status}: ${JSON.stringify(body)}`);
    }
    this.registered.push(this.#id(number));
    return number;
  }

  /** A request that was lost may have made the deployment: then that one is taken. */
  async #create(moduleId: string, of: { scenario: Scenario; number: number }): Promise<string> {
    const { stages, periodMs } = of.scenario;
    const bad = of.scenario.kind === "bad";
    const request = {
      moduleId,
      targetRegions: ["us-east", "us-west", "eu-west"],
      strategy: "Canary",
      strategyConfig: { stages, evaluationPeriod: `PT${periodMs / 1000}S` },
      healthCheck: { expectedResult: String(of.number) },
      gates: {
        minimumSampleSize: 5,
        falseAlarmRate: FALSE_ALARMS[bad ? "bad" : "good"],
        maxExtensions: 100,
      },
    };
    const until = this.#bound(BUSY_MS_MAX);
    for (;;) {
      const answer = await this.#world.ask("POST", "/api/v1/wasm/deployments", request);
      if (answer.status === 201) return String(answer.body["deploymentId"]);
      if (answer.status !== 409 || Date.now() > until()) {
        throw new Error(`creating a deployment of ${moduleId} answered ${told(answer)}`);
      }
      await sleep(POLL_MS);
    }
  }

  async #execute(id: string): Promise<void> {
    const until = this.#bound(BUSY_MS_MAX);
    for (;;) {
      const answer = await this.#world.ask("POST", `${path(id)}/execute`);
      if (answer.status === 202) return;
      const { status } = await this.#read(id);
      if (answer.status === 409 && status !== "Pending" && answer.lost > 0) return;
      if (answer.status !== 409 || Date.now() > until()) {
        throw new Error(`executing ${id}, which is ${status}, answered ${told(answer)}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Asks what the scenario says, and answers what that makes of the right end. */
  async #steer(
    id: string,
    scenario: Scenario,
  ): Promise<{ acknowledged: string[]; right: string[] }> {
    const { kind, verbAfterMs, resumeAfterMs } = scenario;
    switch (kind) {
      case "good":
        return { acknowledged: [], right: ["Completed"] };
      case "bad":
        return { acknowledged: [], right: ["RolledBack"] };
      case "abort":
      case "rollback":
        await sleep(verbAfterMs);
        return this.#withdraw(id, kind);
      case "undo":
        await this.#settled(id, scenario, ["Completed"]);
        return this.#withdraw(id, "rollback");
      case "pause":
        await sleep(verbAfterMs);
        return this.#pause(id, { scenario, resumeAfterMs });
    }
  }

  async #withdraw(
    id: string,
    verb: "abort" | "rollback",
  ): Promise<{ acknowledged: string[]; right: string[] }> {
    const reason = `chaos asked to ${verb}`;
    const answer = await this.#world.ask("POST", `${path(id)}/${verb}`, { reason });
    if (answer.status === 200) return { acknowledged: [reason], right: ["RolledBack"] };
    // It came too late, or it had been taken before the answer was lost.
    const right = answer.lost > 0 ? ["Completed", "RolledBack"] : ["Completed"];
    if (answer.status !== 409) this.#world.violated(`${verb} of ${id} answered ${told(answer)}`);
    return { acknowledged: [], right };
  }

  async #pause(
    id: string,
    how: { scenario: Scenario; resumeAfterMs: number },
  ): Promise<{ acknowledged: string[]; right: string[] }> {
    const right = ["Completed"];
    const reason = "chaos asked to pause";
    const paused = await this.#world.ask("POST", `${path(id)}/pause`, { reason });
    const { status } = await this.#read(id);
    if (paused.status !== 200 && status !== "Paused") return { acknowledged: [], right };
    await sleep(how.resumeAfterMs);
    const still = await this.#read(id);
    if (still.status !== "Paused") {
      this.#world.violated(`${id} was paused, and became ${still.status} by itself.`);
      return { acknowledged: [], right };
    }
    const again = "chaos asked to resume";
    const resumed = await this.#world.ask("POST", `${path(id)}/resume`, { reason: again });
    if (resumed.status === 200) return { acknowledged: [reason, again], right };
    if (resumed.lost === 0) this.#world.violated(`resume of ${id} answered ${told(resumed)}`);
    return { acknowledged: [reason], right };
  }

  async #settled(id: string, { kind }: Scenario, right: readonly string[]): Promise<string> {
    const until = this.#bound(SETTLE_MS_MAX);
    for (;;) {
      const { status, body } = await this.#read(id);
      // What is to be undone later is over when it is completed.
      if (ENDED.has(status) && (kind !== "undo" || right.includes(status))) return status;
      if (Date.now() > until()) {
        const now = this.#world.storage.phases().get(id);
        this.#world.violated(
          `${id} (${kind}) is ${status}, ${now}, ${SETTLE_MS_MAX / 1000} s after the runtime came up, and should be ${right.join(" or ")}: ${JSON.stringify(body["errorMessage"])} ${JSON.stringify(body["gates"])}`,
        );
        return status;
      }
      await sleep(POLL_MS);
    }
  }

  async #read(id: string): Promise<{ status: string; body: Json }> {
    const { status, body } = await this.#world.ask("GET", path(id));
    if (status === 200) return { status: String(body["status"]), body };
    this.#world.violated(`${id} was acknowledged, and reading it answered ${status}.`);
    return { status: "Lost", body };
  }

  /** So long from now, or from when the runtime comes up the next time. */
  #bound(ms: number): () => number {
    const since = Date.now();
    return () => Math.max(since, this.#world.upSince) + ms;
  }

  #versions(): ReadonlySet<number> {
    const now = Date.now();
    const live = [...this.#answering].filter(([, until]) => now <= until).map(([id]) => id);
    return new Set(live);
  }

  #id(number: number): string {
    return `${this.moduleName}-v1.0.${number}`;
  }
}

function path(id: string): string {
  return `/api/v1/wasm/deployments/${id}`;
}

function told({ status, body }: Answer): string {
  return `${status}: ${JSON.stringify(body)}`;
}
