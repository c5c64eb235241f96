// Apps of the example shop, each with a name, a module and nodes of its own.
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import type { appAnswer } from "#routes/apps/answer.ts";
import type { Answer, Json, Sent } from "#test/builders/client.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { queryEvents } from "#stores/events.ts";
import { runnerOf } from "#stores/objects.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { admin, unique } from "#test/builders/users.ts";
import { shop } from "#test/examples/bytes.ts";

export type AppAnswer = z.infer<typeof appAnswer>;

export const APPS = "/api/v1/apps";

/** A shop's spec, probed each second, but for what the test gives. */
export function specOf(name: string, image: string, more: Json = {}): Json {
  return {
    apiVersion: "v1",
    kind: "App",
    metadata: { name, labels: { app: name } },
    spec: {
      type: "http",
      image,
      ports: [{ containerPort: 80, protocol: "HTTP" }],
      env: [{ name: "GREETING", value: "hello" }],
    },
    healthCheck: { periodSeconds: 1, initialDelaySeconds: 0, failureThreshold: 2 },
    termination: { drainSeconds: 1 },
    ...more,
  };
}

/** A registered version of the shop as an image. */
export async function image(version = "1.0.0", name: string = unique("shop")): Promise<string> {
  await module(shop, { name, version, wasiVersion: "preview1" });
  return `${name}:${version}`;
}

export async function registerApp(more: Json = {}): Promise<string> {
  const name = unique("app");
  const spec = specOf(name, await image(), more);
  const answer = await send("POST", `${APPS}/register`, { json: spec });
  if (answer.status !== 201) throw new Error(`no app: ${JSON.stringify(answer.body)}`);
  return name;
}

/** Registered, and started with so many replicas that serve. */
export async function runApp(replicas: number, more: Json = {}): Promise<string> {
  const name = await registerApp(more);
  const answer = await start(name, { replicas, timeout: 20 });
  if (answer.status !== 200) throw new Error(`not started: ${JSON.stringify(answer.body)}`);
  return name;
}

/** From an address of its own: budgets of addresses are another test's matter. */
export async function send<Body = Json>(
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Answer<Body>> {
  const headers = { ...sent.headers, "CF-Connecting-IP": unique("address") };
  return (await admin()).send<Body>(method, path, { ...sent, headers });
}

export function start(name: string, json: Json): Promise<Answer> {
  return send("POST", `${APPS}/${name}/start`, { json });
}

export async function appOf(name: string): Promise<AppAnswer> {
  return (await send<AppAnswer>("GET", `${APPS}/${name}`)).body;
}

export function untilApp(name: string, reached: (app: AppAnswer) => boolean): Promise<AppAnswer> {
  return eventually(() => appOf(name), reached);
}

/** What its instances said, as its topic has it. */
export async function saidOf(name: string): Promise<string[]> {
  const query = { filter: EVERY_EVENT, since: null, limit: 100 };
  const { events } = await queryEvents(env, query, `logs:${name}`);
  return events.map(({ message }) => message);
}

/** A request to the app, as the ingress would send it to one of its containers. */
export async function visit(name: string, path: string): Promise<number> {
  const { containers } = await appOf(name);
  const running = containers.filter(({ status }) => status === "running");
  const at = running[Math.floor(Math.random() * running.length)];
  if (at?.node == null) throw new Error(`${name} runs nowhere`);
  const { id: instance, version: moduleId } = at;
  const call = { moduleId, instance, timeoutMs: 5_000 };
  const request = { method: "GET", url: `http://${name}${path}`, headers: [], body: null };
  const answer = await runnerOf(env, at.node).serve(call, request);
  if (answer.type !== "response") throw new Error(JSON.stringify(answer));
  return answer.response.status;
}
