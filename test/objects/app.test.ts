// An app's object: what it acknowledged survives it, what comes twice is done once, and a sick replica is looked after.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { APPS, appOf, registerApp, runApp, send, start, untilApp } from "#test/builders/apps.ts";
import type { AppAnswer } from "#test/builders/apps.ts";
import { eventually } from "#test/builders/deployments.ts";
import { place } from "#test/builders/nodes.ts";

const stubOf = (name: string) => env.APPS.getByName(name);
const idsOf = ({ containers }: AppAnswer) => containers.map(({ id }) => id).sort();

async function ring(name: string): Promise<void> {
  await runInDurableObject(stubOf(name), (_, state) => state.storage.setAlarm(Date.now() + 60_000));
  await runDurableObjectAlarm(stubOf(name));
}

async function told(name: string, type: string): Promise<string[]> {
  const { body } = await send("GET", `${APPS}/${name}/events?type=${type}&limit=1000`);
  return (body as { events: { message: string }[] }).events.map(({ message }) => message);
}

describe("an app's object", () => {
  beforeAll(() => place(2));

  it("goes on after an eviction with what it acknowledged", async () => {
    const name = await runApp(2);
    const policy = { json: { max_replicas: 7 } };
    await send("PUT", `${APPS}/${name}/scaling`, policy);
    const before = idsOf(await appOf(name));
    await evictDurableObject(stubOf(name));
    const after = await untilApp(name, ({ replicas }) => replicas.healthy === 2);
    expect([idsOf(after), after.status]).toEqual([before, "running"]);
    const { body } = await send("GET", `${APPS}/${name}/scaling`);
    expect(body).toMatchObject({ policy: { max_replicas: 7 } });
  });

  it("keeps the history of what it measured over an eviction", async () => {
    const name = await runApp(1);
    await send("GET", `${APPS}/${name}/metrics`);
    await evictDurableObject(stubOf(name));
    const { body } = await send("GET", `${APPS}/${name}/metrics?history=5`);
    expect((body as { history: unknown[] }).history.length).toBeGreaterThan(0);
  });

  it("scales nothing and replaces nobody, however often its alarm comes", async () => {
    const name = await runApp(2);
    const before = idsOf(await appOf(name));
    await ring(name);
    await ring(name);
    expect(idsOf(await appOf(name))).toEqual(before);
    expect(await told(name, "scaling")).toEqual([]);
  });

  it("tells a replica that fails its probes as unhealthy, restarts it, then replaces it", async () => {
    const healthCheck = { path: "/broken", periodSeconds: 1, initialDelaySeconds: 0 };
    const name = await runSick({ ...healthCheck, failureThreshold: 1 });
    const [first = ""] = idsOf(await appOf(name));
    const after = await eventually(
      () => appOf(name),
      (app) => app.containers.length > 0 && !idsOf(app).includes(first),
      30_000,
    );
    expect(after.replicas.healthy).toBe(0);
    const messages = (await told(name, "health")).reverse().join("\n");
    expect(messages).toMatch(
      /marked as unhealthy[^]*is restarted[^]*is restarted[^]*is restarted[^]*is given up and replaced/,
    );
    const { body } = await send("GET", `${APPS}/${name}/health`);
    expect(body).toMatchObject({ overall_health: expect.stringMatching(/unhealthy|starting/) });
  }, 40_000);
});

async function runSick(healthCheck: object): Promise<string> {
  const name = await registerApp({ healthCheck, scaling: { mode: "manual" } });
  await start(name, { replicas: 1, wait: false });
  await untilApp(name, ({ containers }) => containers.length > 0);
  return name;
}
