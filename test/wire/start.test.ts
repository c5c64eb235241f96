// What who asks before the program has started is told.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "#scripts/orchestrator.ts";
import { freePort } from "#test/receiver.ts";

const PATHS = ["/health", "/run/none/", "/api/v1/authentication/login"];

it("answers nobody before its database is there, and everybody from then on", async () => {
  bundle();
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-start-"));
  const port = await freePort();
  const statuses: Record<string, number[]> = {};
  const asking = new AbortController();
  const askers = PATHS.map(async (path) => {
    const seen: number[] = (statuses[path] = []);
    const login = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(LOCAL_ADMIN),
    };
    while (!asking.signal.aborted) {
      const answer = await fetch(
        `http://127.0.0.1:${port}${path}`,
        path.endsWith("login") ? login : {},
      ).catch(() => null);
      if (answer !== null) seen.push(answer.status);
      await answer?.text();
      await sleep(10);
    }
  });
  const orchestrator = await startOrchestrator({ port, stateDirectory, quiet: true });
  while (PATHS.some((path) => (statuses[path]?.length ?? 0) < 3)) await sleep(20);
  asking.abort();
  await Promise.all(askers);
  await orchestrator.stop();
  rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  expect(new Set(statuses["/health"])).toEqual(new Set([200]));
  expect(new Set(statuses["/run/none/"])).toEqual(new Set([404]));
  expect(new Set(statuses["/api/v1/authentication/login"])).toEqual(new Set([200]));
}, 120_000);
