// Servers: edge nodes that belong to an infra, which a label of theirs names.
import { changeNode, deleteNode, registerNode } from "#control/nodes.ts";
import { Fault } from "#domain/fault.ts";
import { freshNode } from "#domain/node.ts";
import type { EdgeNode } from "#domain/node.ts";
import type { Effect, ServerSpec } from "#domain/provisioning/effect.ts";
import { parsePlan } from "#domain/provisioning/server-plan.ts";
import { database } from "#stores/database.ts";
import * as nodes from "#stores/nodes.ts";
import type { Deed } from "./effects.ts";

type ServerEffect = Extract<Effect, { type: "server" }>;
type Changeable = Pick<EdgeNode, "id" | "zone" | "labels" | "resources">;

export const INFRA_LABEL = "infra";
const PROVIDER_LABEL = "provider";

export async function inspect(
  env: Env,
  { verb, spec }: ServerEffect,
  key: string,
): Promise<unknown> {
  const node = await nodes.findNodeNamed(database(env), spec.name);
  switch (verb) {
    case "create":
      if (node === null || node.id === (await idOf(key))) return null;
      throw new Fault("CONFLICT", `A node ${spec.name} is registered already.`);
    case "update": {
      const { id, zone, labels, resources } = owned(node, spec);
      return { id, zone, labels, resources } satisfies Changeable;
    }
    case "delete":
      return node === null ? null : owned(node, spec);
    case "check":
      return owned(node, spec).id;
  }
}

export async function perform(env: Env, { effect, key }: Deed<ServerEffect>): Promise<string> {
  const { verb, spec } = effect;
  const db = database(env);
  const node = await nodes.findNodeNamed(db, spec.name);
  switch (verb) {
    case "create": {
      const id = await idOf(key);
      const made = node?.id === id ? node : await registerNode(env, nodeOf(spec, id));
      return `Node ${spec.name} (${id}) is registered in ${made.region} and ${made.status}.`;
    }
    case "update": {
      const { id, labels, resources } = owned(node, spec);
      const wanted = nodeOf(spec, id);
      await changeNode(env, id, {
        zone: spec.zone ?? node?.zone ?? null,
        labels: { ...labels, ...wanted.labels },
        resources: { ...resources, ...wanted.resources },
      });
      return `Node ${spec.name} (${id}) is as its plan says.`;
    }
    case "delete":
      if (node !== null) await deleteNode(env, node.id);
      return `Node ${spec.name} is drained and gone.`;
    case "check":
      return checked(owned(node, spec), spec);
  }
}

export async function undo(
  env: Env,
  { effect, key }: Deed<ServerEffect>,
  before: unknown,
): Promise<void> {
  const db = database(env);
  const node = await nodes.findNodeNamed(db, effect.spec.name);
  switch (effect.verb) {
    case "create":
      if (node !== null && node.id === (await idOf(key))) await deleteNode(env, node.id);
      return;
    case "update": {
      // What `inspect` found before the effect, as the run kept it.
      const { id, ...as } = before as Changeable;
      if (node?.id === id) await changeNode(env, id, as);
      return;
    }
    case "delete":
      if (before !== null && node === null) await registerNode(env, before as EdgeNode);
      return;
    case "check":
      return;
  }
}

/** A node of that name in that infra: no operation touches the nodes of another. */
function owned(node: EdgeNode | null, { name, infra }: ServerSpec): EdgeNode {
  if (node === null) throw new Fault("NOT_FOUND", `There is no node ${name}.`);
  const found = node.labels[INFRA_LABEL];
  if (found === infra) return node;
  throw new Fault(
    "CONFLICT",
    `Node ${name} belongs to ${found === undefined ? "no infra" : `the infra ${found}`}, not to ${infra}.`,
  );
}

function nodeOf({ name, infra, provider, plan, zone }: ServerSpec, id: string): EdgeNode {
  const labels = {
    [INFRA_LABEL]: infra,
    ...(provider === null ? {} : { [PROVIDER_LABEL]: provider }),
  };
  const resources = plan === null ? null : parsePlan(plan);
  return freshNode({
    id,
    name,
    hostname: name,
    labels,
    registeredAt: Date.now(),
    ...(zone === null ? {} : { region: zone, zone }),
    ...(resources === null ? {} : { resources }),
  });
}

function checked(node: EdgeNode, spec: ServerSpec): string {
  const wanted = nodeOf(spec, node.id);
  const faults = Object.entries(wanted.resources)
    .filter(([name, amount]) => node.resources[name] !== amount)
    .map(([name, amount]) => `${name} is ${node.resources[name] ?? "not told"}, not ${amount}`);
  if (spec.zone !== null && node.zone !== spec.zone) {
    faults.push(`zone is ${node.zone ?? "not told"}, not ${spec.zone}`);
  }
  if (node.status !== "Healthy") faults.push(`it is ${node.condition}`);
  if (faults.length === 0) return `Node ${node.name} is as it should be.`;
  throw new Fault("UNAVAILABLE", `Node ${node.name}: ${faults.join(", ")}.`);
}

/** The same id for the same effect, whoever performs it. */
async function idOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return `node-${new Uint8Array(digest).toHex().slice(0, 32)}`;
}
