// Each type of workload through the routes: what it is created with, what runs of it, and what is refused.
import { beforeAll, expect, test } from "vitest";
import type { Client, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, unique } from "#test/builders/users.ts";

const WORKLOADS = "/api/v1/workloads";
type Told = {
  status: string;
  ready_replicas: number;
  instances: { name: string | null; node: string | null; status: string }[];
  runs: { succeeded: number; failed: number; outcome: string | null }[];
  schedule?: string;
};

let by: Client;

beforeAll(async () => {
  by = await admin();
});

/** Of a module and a region of its own. */
async function create(region: string, given: Json) {
  const image = unique("module");
  await module(undefined, { name: image });
  const only = { key: "region", operator: "In", values: [region] };
  return by.post<{ id: string }>(WORKLOADS, {
    name: unique("workload"),
    namespace: unique("space"),
    image,
    placement: { constraints: [only] },
    ...given,
  });
}

async function created(region: string, given: Json): Promise<string> {
  const { status, body } = await create(region, given);
  expect([status, body]).toMatchObject([201, { status: "created" }]);
  return `${WORKLOADS}/${body.id}`;
}

async function once(path: string, hoped: (told: Told) => boolean): Promise<Told> {
  const look = async () => (await by.get<Told>(path)).body;
  return eventually(look, hoped);
}

test("a statefulset's instances have stable names, and keep the first ones when it shrinks", async () => {
  const { region } = await place(1);
  const path = await created(region, { type: "statefulset", replicas: 3 });
  const named = ({ instances }: Told) => instances.map(({ name }) => name ?? "").sort();
  const three = named(await once(path, ({ ready_replicas: ready }) => ready === 3));
  expect(new Set(three).size).toBe(3);
  expect((await by.send("PUT", path, { json: { replicas: 2 } })).status).toBe(200);
  const two = await once(path, ({ instances }) => instances.length === 2);
  expect(named(two)).toEqual(three.slice(0, 2));
});

test("a daemonset runs once on each node that its constraints allow", async () => {
  const { region, nodes } = await place(2);
  await place(1);
  const path = await created(region, { type: "daemonset" });
  const { instances } = await once(path, ({ status }) => status === "running");
  expect(instances).toHaveLength(2);
  expect(new Set(instances.map(({ node }) => node))).toEqual(new Set(nodes));
});

test("a job runs its function to its completions, and is completed", async () => {
  const { region } = await place(1);
  const run = { type: "job", completions: 2, function: "echo", parameters: { hi: 1 } };
  const { runs } = await once(await created(region, run), ({ status }) => status === "completed");
  expect(runs).toMatchObject([{ succeeded: 2, failed: 0, outcome: "completed" }]);
});

test("a cronjob tells its schedule, and one without is refused by that field", async () => {
  const { region } = await place(1);
  const job = { type: "cronjob", function: "echo", parameters: null };
  const told = await once(await created(region, { ...job, schedule: "0 3 1 1 *" }), () => true);
  expect(told).toMatchObject({ schedule: "0 3 1 1 *", instances: [], runs: [] });
  const refused = await create(region, job);
  expect([refused.status, refused.body]).toMatchObject([
    400,
    { code: "BAD_REQUEST", details: { schedule: expect.stringContaining("cronjob") } },
  ]);
});
