// What happens is told as events: by rollouts, nodes and modules.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { EVERY_EVENT } from "#domain/event.ts";
import { queryEvents } from "#stores/events.ts";
import { deploy, events as transitions, eventually, request } from "#test/builders/deployments.ts";
import { MODULES, module } from "#test/builders/modules.ts";
import { NODES, place } from "#test/builders/nodes.ts";
import { admin } from "#test/builders/users.ts";

async function typesOf(subject: string, count: number): Promise<string[]> {
  const query = { filter: { ...EVERY_EVENT, subject }, since: null, limit: 100 };
  const told = await eventually(
    async () => (await queryEvents(env, query)).events,
    (events) => events.length >= count,
  );
  return told.map(({ type }) => type).reverse();
}

test("each transition of a rollout is one event", async () => {
  const { region } = await place(1);
  const { deploymentId } = await deploy(request(await module(), region));
  const recorded = await transitions(deploymentId);
  const types = await typesOf(`deployments/${deploymentId}`, recorded.length);
  expect(types.length).toBe(recorded.length);
  expect(types.slice(0, 3)).toEqual([
    "deployment.created",
    "deployment.started",
    "deployment.loading",
  ]);
  expect(types.at(-1)).toBe("deployment.completed");
});

test("a node tells when it comes, changes and goes", async () => {
  const { nodes } = await place(1);
  const [id = ""] = nodes;
  const by = await admin();
  await by.send("PUT", `${NODES}/${id}`, { json: { isEnabled: false } });
  await by.send("PUT", `${NODES}/${id}`, { json: { isEnabled: false } });
  await by.send("PUT", `${NODES}/${id}`, { json: { isEnabled: true } });
  expect((await by.send("DELETE", `${NODES}/${id}`)).status).toBe(204);
  expect(await typesOf(`nodes/${id}`, 5)).toEqual([
    "node.registered",
    "node.active",
    "node.maintenance",
    "node.enabled",
    "node.deleted",
  ]);
});

test("a module tells when it comes, changes and goes", async () => {
  const id = await module();
  const by = await admin();
  await by.send("PATCH", `${MODULES}/${id}`, { json: { status: "Deprecated" } });
  await by.send("DELETE", `${MODULES}/${id}`);
  expect(await typesOf(`modules/${id}`, 3)).toEqual([
    "module.registered",
    "module.status_changed",
    "module.deleted",
  ]);
});
