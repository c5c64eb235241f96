// Checkpoints and rollbacks by the 003 document's own examples; then what they do to what stands.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "@hono/zod-openapi";
import type {
  changeAnswer,
  checkpointDetailsAnswer,
  rollbackAnswer,
} from "#routes/provisioning/answer.ts";
import type { Json } from "#test/builders/client.ts";
import { serve } from "#test/builders/deployments.ts";
import { versions } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { batch, ended, execute, operator, put } from "#test/builders/runs.ts";
import type { Enveloped, Refusal } from "#test/builders/runs.ts";
import { unique } from "#test/builders/users.ts";

type Change = z.infer<typeof changeAnswer>;
type Rollback = z.infer<typeof rollbackAnswer>;
type Details = z.infer<typeof checkpointDetailsAnswer>;

const EXAMPLE = {
  name: "before_major_update",
  description: "Checkpoint before deploying v2.0.0",
};

async function take(body: Json = EXAMPLE): Promise<string> {
  const by = await operator();
  const { status, body: answer } = await by.post<Enveloped<string>>("/rollback/checkpoints", body);
  if (status !== 200) throw new Error(`not taken: ${JSON.stringify(answer)}`);
  return answer.data;
}

async function changes(id: string): Promise<Change[]> {
  const by = await operator();
  const { body } = await by.post<Enveloped<Change[]>>(`/rollback/restore/${id}?dry_run=true`, {});
  return body.data;
}

async function rollBack(body: Json): Promise<Rollback> {
  const by = await operator();
  const answer = await by.post<Enveloped<Rollback>>("/rollback/execute", body);
  if (answer.status !== 200) throw new Error(`no rollback: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

/** A batch that has made these servers, each by an operation of its own. */
async function servers(name: string, operations: readonly string[]): Promise<string> {
  const { body } = await execute({
    name,
    operations: operations.map((id) => ({
      id,
      type: "server_batch",
      server_configs: [{ name: `${name}-${id}` }],
    })),
  });
  await ended(() => batch(body.data.batch_id));
  return body.data.batch_id;
}

async function isNode(name: string): Promise<boolean> {
  return (await env.DB.prepare("SELECT id FROM nodes WHERE name = ?").bind(name).first()) !== null;
}

describe("a checkpoint", () => {
  let id = "";

  beforeAll(async () => {
    id = await take();
  });

  test("is listed and told as the document shows it", async () => {
    const by = await operator();
    const summary = {
      id,
      ...EXAMPLE,
      created_at: expect.stringMatching(/Z$/),
      size: expect.stringMatching(/^[\d.]+ (?:B|KB|MB)$/),
    };
    const listed = await by.get<Enveloped<unknown[]>>("/rollback/checkpoints");
    expect(listed.body.data).toContainEqual(summary);
    const { body } = await by.get<Enveloped<Details>>(`/rollback/checkpoints/${id}`);
    expect(body.data).toEqual({
      ...summary,
      operations_count: Object.values(body.data.counts).reduce((sum, count) => sum + count, 0),
      counts: expect.objectContaining({ nodes: expect.any(Number) }),
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("of the same state is the same document", async () => {
    const by = await operator();
    const digests = await Promise.all(
      [await take(), await take()].map(async (one) => {
        const { body } = await by.get<Enveloped<Details>>(`/rollback/checkpoints/${one}`);
        return body.data.digest;
      }),
    );
    expect(digests[0]).toBe(digests[1]);
  });

  test("holds no password and no secret", async () => {
    const by = await operator();
    const { body } = await by.get<Enveloped<Details>>(`/rollback/checkpoints/${id}`);
    const object = await env.ARTIFACTS.get(`checkpoints/${body.data.digest}.json`);
    expect(await object?.text()).not.toMatch(/password|secret|admin@example/i);
  });

  test("that is deleted is not found, and neither is one that never was", async () => {
    const by = await operator();
    const gone = await take();
    expect((await by.send("DELETE", `/rollback/checkpoints/${gone}`)).status).toBe(200);
    for (const unknown of [gone, "none"]) {
      expect((await by.get(`/rollback/checkpoints/${unknown}`)).status).toBe(404);
      expect((await by.post(`/rollback/restore/${unknown}`, {})).status).toBe(404);
      const body = { checkpoint_id: unknown };
      expect((await by.post("/rollback/execute", body)).status).toBe(404);
    }
  });
});

describe("going back to a checkpoint", () => {
  test("brings back what is gone, takes away what is new, and changes back what was changed", async () => {
    const infra = unique("state");
    await servers(infra, ["kept", "lost"]);
    await put(infra, { infra: { [infra]: { servers: [{ name: `${infra}-kept` }] } } });
    const id = await take();
    expect(await changes(id)).toEqual([]);

    await servers(infra, ["new"]);
    await put(infra, { infra: {} });
    const remove = { type: "delete", server_configs: [{ name: `${infra}-lost` }] };
    const { body } = await execute({ name: infra, operations: [{ id: "remove", ...remove }] });
    await ended(() => batch(body.data.batch_id));

    expect((await changes(id)).map(({ section, verb }) => `${verb} ${section}`)).toEqual([
      "add nodes",
      "change settings",
      "remove nodes",
    ]);
    expect(await isNode(`${infra}-new`)).toBe(true);

    const by = await operator();
    const restored = await by.post(`/rollback/restore/${id}`, {});
    expect([restored.status, restored.body]).toEqual([
      200,
      { success: true, data: `State restored from checkpoint ${id}` },
    ]);
    expect(await changes(id)).toEqual([]);
    expect([await isNode(`${infra}-lost`), await isNode(`${infra}-new`)]).toEqual([true, false]);
  });

  test("brings a route back by a deployment of the version that served then", async () => {
    const { region } = await place(2);
    const { name, old, next } = await versions();
    await serve(old, region);
    const id = await take();
    await serve(next, region);
    expect(await changes(id)).toEqual([
      { section: "routes", key: `${name}/${region}`, verb: "change" },
    ]);
    expect(await rollBack({ checkpoint_id: id })).toEqual({
      rollback_id: expect.any(String),
      success: true,
      operations_executed: 1,
      operations_failed: 0,
      duration: expect.any(Number),
      errors: [],
    });
    expect(await changes(id)).toEqual([]);
  });

  test("tells what can't be brought back, and brings back the rest", async () => {
    const { region } = await place(1);
    const { old } = await versions();
    const name = unique("beside");
    const id = await take();
    await serve(old, region);
    await servers(name, ["one"]);
    const by = await operator();
    const { status, body } = await by.post<Refusal>(`/rollback/restore/${id}`, {});
    expect([status, body.error]).toEqual([
      409,
      expect.stringContaining("a route is withdrawn with its module's deployment"),
    ]);
    expect(await isNode(`${name}-one`)).toBe(false);
  });
});

describe("undoing operations", () => {
  test("undoes those that are named, once, and leaves the others", async () => {
    const name = unique("partly");
    const ids = ["first", "second", "third"].map((id) => `${name}-${id}`);
    const run = await servers(name, ids);
    const two = ids.slice(1);
    expect(await rollBack({ operation_ids: two })).toMatchObject({
      success: true,
      operations_executed: 2,
      operations_failed: 0,
    });
    const found = await Promise.all(ids.map((id) => isNode(`${name}-${id}`)));
    expect(found).toEqual([true, false, false]);
    expect((await batch(run)).operations.map(({ status }) => status)).toEqual([
      "Completed",
      "RolledBack",
      "RolledBack",
    ]);
    const again = await (
      await operator()
    ).post<Refusal>("/rollback/execute", { operation_ids: two });
    expect([again.status, again.body.error]).toEqual([
      422,
      expect.stringContaining("is no operation that completed"),
    ]);
  });

  test("asks which one where several batches have one of that name, and takes a whole batch", async () => {
    const name = unique("shared");
    const [one, other] = [await servers(`${name}-a`, [name]), await servers(`${name}-b`, [name])];
    const by = await operator();
    const { status, body } = await by.post<Refusal>("/rollback/execute", { operation_ids: [name] });
    expect([status, body.error]).toEqual([422, expect.stringContaining(`${one}/${name}`)]);
    await rollBack({ operation_ids: [`${one}/${name}`] });
    await rollBack({ operation_ids: [other] });
    expect([await isNode(`${name}-a-${name}`), await isNode(`${name}-b-${name}`)]).toEqual([
      false,
      false,
    ]);
  });

  test.each<[string, Json]>([
    ["neither a checkpoint nor operations", {}],
    ["both", { checkpoint_id: "a", operation_ids: ["b"] }],
    ["no operations", { operation_ids: [] }],
  ])("refuses a body with %s", async (_, body) => {
    expect((await (await operator()).post("/rollback/execute", body)).status).toBe(422);
  });
});

test("statistics count checkpoints and rollbacks, and how many went well", async () => {
  const { body } = await (
    await operator()
  ).get<Enveloped<{ success_rate: number }>>("/rollback/statistics");
  expect(body.data).toEqual({
    total_checkpoints: expect.any(Number),
    total_rollbacks: expect.any(Number),
    success_rate: expect.any(Number),
    average_rollback_time: expect.any(Number),
  });
  expect(body.data.success_rate).toBeGreaterThan(0);
  expect(body.data.success_rate).toBeLessThan(100);
});
