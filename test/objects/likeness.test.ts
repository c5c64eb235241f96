// What the simulator stands on is like the real thing: whatever is asked of its database and its runner, D1 and the
// runner's storage answer and keep the same.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Assignments } from "#objects/runner/assignments.ts";
import type { Assignment } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { database } from "#stores/database.ts";
import { runnerOf } from "#stores/objects.ts";
import { claimRoutes, releaseRoutes, writeRoutes } from "#stores/routes.ts";
import { Database } from "#test/sim/rollout/database.ts";
import { Runner } from "#test/sim/rollout/runner.ts";

const REGIONS = ["east", "west"] as const;
const NOBODY = { entries: [], holder: null, fence: 0, fencedBy: null };
/** Few, so that the same ones meet often. */
const turn = fc.integer({ min: 1, max: 3 });
const by = fc.record({ holder: fc.constantFrom("one", "two"), turn });
const regions = fc.constantFrom<readonly string[]>(["east"], ["west"], REGIONS);

test("claims, writes and releases of routes, in any order and however late", async () => {
  const asked = fc.oneof(
    fc.record({ does: fc.constant("claim" as const), by, regions }),
    fc.record({ does: fc.constant("write" as const), by, regions }),
    fc.record({ does: fc.constant("release" as const), by, regions }),
  );
  const db = database(env);
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: 5, maxLength: 25 }), async (all) => {
      const moduleName = crypto.randomUUID();
      const simulated = new Database(
        REGIONS.map((region) => ({ region, entries: [] })),
        () => undefined,
      );
      for (const [number, { does, by: claimant, regions: some }] of all.entries()) {
        const routes = some.map((region) => ({
          region,
          entries: [{ moduleId: `v${number}`, weight: 100, nodes: [`${region}-1`] }],
        }));
        if (does === "claim") {
          const real = await claimRoutes(db, { moduleName, regions: some }, claimant);
          const claimed = simulated.claim(claimant, some);
          expect("routes" in claimed).toBe("routes" in real);
        } else if (does === "write") {
          await writeRoutes(db, { moduleName, ...claimant }, routes);
          simulated.write(claimant, routes);
        } else {
          await releaseRoutes(db, moduleName, claimant);
          simulated.release(claimant);
        }
        expect(await kept(moduleName)).toEqual(Object.fromEntries(simulated.rows));
      }
    }),
    { numRuns: 60 },
  );
});

/** A region that nobody asked for yet has no row. */
async function kept(moduleName: string) {
  const rows = await env.DB.prepare(
    "select region, entries, holder, fence, fenced_by as fencedBy from routes where module_name = ?",
  )
    .bind(moduleName)
    .all<{ region: string; entries: string }>();
  const found = rows.results.map(({ region, entries, ...row }) => [
    region,
    { ...row, entries: JSON.parse(entries) as unknown },
  ]);
  return Object.fromEntries([...REGIONS.map((region) => [region, NOBODY]), ...found]) as object;
}

test("orders to a node, in any order and however late", async () => {
  const order = { owner: fc.constantFrom("one", "two"), turn };
  const asked = fc.oneof(
    fc.record({ does: fc.constantFrom("load", "unload"), at: fc.constant(0), ...order }),
    fc.record({ does: fc.constant("retire"), at: fc.integer({ min: 1, max: 9 }), ...order }),
    fc.record({ does: fc.constant("expire"), at: fc.integer({ min: 1, max: 9 }), ...order }),
  );
  await runInDurableObject(runnerOf(env, "likeness"), (_, { storage }) => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 20 }), (all) => {
        const real = new Assignments(storage.sql);
        real.clear();
        const simulated = new Runner();
        for (const { does, at, owner, turn: number } of all) {
          const claimed = { owner, turn: number };
          if (does === "load") {
            real.put(GREETER, claimed);
            simulated.load(GREETER.moduleId, claimed);
          } else if (does === "unload") {
            real.remove(GREETER.moduleId, claimed);
            simulated.unload(GREETER.moduleId, claimed);
          } else if (does === "retire") {
            real.retire(GREETER.moduleId, claimed, at);
            simulated.retire(GREETER.moduleId, claimed, at);
          } else {
            real.expire(at);
            simulated.expire(at);
          }
          expect(simulated.holds(GREETER.moduleId)).toBe(real.get(GREETER.moduleId) !== null);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const GREETER: Assignment = {
  moduleId: "greeter-v1.0.0",
  name: "greeter",
  version: "1.0.0",
  digest: "0".repeat(64),
  sizeBytes: 1,
  convention: "json",
  signatures: [],
  limits: DEFAULT_LIMITS,
};
