// A batch in each round, which registers servers: it has to end as it must, and what it leaves has to be what it says.
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchScenario } from "./scenario.ts";
import type { World } from "./world.ts";

const REGION = "chaos-batch";
const POLL_MS = 100;
/** From the last time that the runtime came up, until a batch has to have reached its end. */
const SETTLE_MS_MAX = 120_000;
const ENDED = new Set(["Completed", "Failed", "Cancelled"]);
const RIGHT: Readonly<Record<BatchScenario["kind"], readonly string[]>> = {
  good: ["Completed"],
  bad: ["Failed"],
  cancel: ["Cancelled", "Completed"],
};

type Batch = { readonly batch_id: string; readonly name: string; readonly status: string };

export class Batches {
  readonly #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Answers how it ended. */
  async run(scenario: BatchScenario): Promise<string> {
    this.#count += 1;
    const name = `batch-${this.#count}`;
    const servers = Array.from({ length: scenario.servers }, (_, at) => `${name}-${at + 1}`);
    const id = await this.#submit(name, servers, scenario.kind);
    const isCancelled = scenario.kind === "cancel" && (await this.#cancel(id, scenario));
    const status = await this.#ended(id, scenario);
    if (!RIGHT[scenario.kind].includes(status)) {
      this.#world.violated(
        `${name} (${scenario.kind}) ended ${status}, and should be ${RIGHT[scenario.kind].join(" or ")}: ${await this.#told(id)}`,
      );
    }
    if (isCancelled && status !== "Cancelled") {
      this.#world.violated(`${name} was cancelled, and ended ${status}.`);
    }
    await this.#judge(name, { wanted: status === "Completed" ? servers : [] });
    await this.#clear();
    return `${scenario.kind} ${status}`;
  }

  /** A request that was lost may have begun it: then that one is taken. */
  async #submit(
    name: string,
    servers: readonly string[],
    kind: BatchScenario["kind"],
  ): Promise<string> {
    for (;;) {
      const answer = await this.#world.try("POST", "/batch/execute", {
        name,
        version: "1.0.0",
        storage_backend: "d1",
        parallel_limit: 2,
        rollback_enabled: true,
        operations: [
          ...servers.map((server) => ({
            id: server,
            type: "server_batch",
            server_configs: [{ name: server, zone: REGION }],
          })),
          ...(kind === "bad"
            ? [
                {
                  id: "missing",
                  type: "taskserv_batch",
                  dependencies: servers,
                  taskservs: ["nobody-registered-this"],
                },
              ]
            : []),
        ],
      });
      if (answer?.status === 200) return (answer.body["data"] as Batch).batch_id;
      if (answer !== null) {
        throw new Error(`${name} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      }
      const { body } = await this.#world.ask("GET", "/batch/operations?limit=20");
      const made = (body["data"] as Batch[]).find((batch) => batch.name === name);
      if (made !== undefined) return made.batch_id;
    }
  }

  /** True when it was acknowledged. */
  async #cancel(id: string, { cancelAfterMs }: BatchScenario): Promise<boolean> {
    await sleep(cancelAfterMs);
    const { status, lost } = await this.#world.ask("POST", `/batch/operations/${id}/cancel`, {});
    if (status !== 200 && status !== 409) {
      this.#world.violated(`cancelling batch ${id} answered ${status}`);
    }
    return status === 200 && lost === 0;
  }

  async #ended(id: string, { kind }: BatchScenario): Promise<string> {
    const since = Date.now();
    for (;;) {
      const { status: answered, body } = await this.#world.ask("GET", `/batch/operations/${id}`);
      if (answered !== 200) {
        this.#world.violated(`batch ${id} was acknowledged, and reading it answered ${answered}.`);
        return "Lost";
      }
      const { status } = body["data"] as Batch;
      if (ENDED.has(status)) return status;
      if (Date.now() > Math.max(since, this.#world.upSince) + SETTLE_MS_MAX) {
        this.#world.violated(
          `batch ${id} (${kind}) is ${status} ${SETTLE_MS_MAX / 1000} s after all was up: ${JSON.stringify(body)}`,
        );
        return status;
      }
      await sleep(POLL_MS);
    }
  }

  async #told(id: string): Promise<string> {
    return JSON.stringify((await this.#world.ask("GET", `/batch/operations/${id}`)).body["data"]);
  }

  /** The servers that stand are the ones that should, each once. */
  async #judge(batch: string, { wanted }: { wanted: readonly string[] }): Promise<void> {
    const there = (await this.#servers()).map(({ name }) => name).sort();
    if (there.join() !== [...wanted].sort().join()) {
      this.#world.violated(
        `${batch} should leave ${wanted.join(", ") || "nothing"}, and left ${there.join(", ") || "nothing"}.`,
      );
    }
  }

  async #servers(): Promise<{ id: string; name: string }[]> {
    const { body } = await this.#world.ask("GET", `/api/v1/nodes?region=${REGION}&limit=100`);
    return body["nodes"] as { id: string; name: string }[];
  }

  async #clear(): Promise<void> {
    for (const { id } of await this.#servers()) {
      const { status, lost } = await this.#world.ask("DELETE", `/api/v1/nodes/${id}`);
      if (status !== 200 && !(status === 404 && lost > 0)) {
        this.#world.violated(`deleting node ${id} answered ${status}`);
      }
    }
  }
}
