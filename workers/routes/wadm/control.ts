// wasmCloud's control interface over NATS: what clients ask of hosts, links and configs beside the API of models. Each
// answer is `{success, message, response}`.
import { z } from "@hono/zod-openapi";
import { scaleComponent, updateComponent } from "#control/components.ts";
import { latticeHost, latticeHosts, livingNode } from "#control/hosts.ts";
import {
  deleteConfig,
  deleteLink,
  getConfig,
  listLinks,
  putConfig,
  putLink,
} from "#control/links.ts";
import { labelNode } from "#control/nodes.ts";
import { Fault } from "#domain/fault.ts";
import type { LatticeLink } from "#domain/link.ts";
import type { ControlRequest } from "#domain/oam/control.ts";
import type { Principal } from "#domain/role.ts";
import { hostView, inventoryView } from "./host-view.ts";
import { readBody } from "./schema.ts";

export type ControlAnswer = {
  readonly success: boolean;
  readonly message: string;
  readonly response?: unknown;
};

type Asked = ControlRequest & { readonly payload: string; readonly principal: Principal };

const NAME = /^[-\w]{1,128}$/;
/** As in a manifest; an id is a token of no subject, but a name of a workload. */
const ID = /^[^\s.]{1,200}$/;
const name = z.string().regex(NAME, "expected letters, digits, _ and -");
const id = z.string().regex(ID, "expected no blanks and no dots");
const word = z.string().regex(/^[\w./@-]{1,200}$/, "expected a word of WIT");
const names = z.array(name).max(100).nullish();
const annotations = z.record(z.string().max(300), z.string().max(1000)).nullish();

const config = z
  .record(z.string().min(1).max(300), z.string().max(100_000))
  .refine((given) => Object.keys(given).length <= 1000, "expected 1000 keys at most");
const label = z.object({
  key: z
    .string()
    .min(1)
    .max(317)
    .refine((key) => !key.startsWith("hostcore."), "hostcore.* are the host's own"),
  value: z.string().max(63),
});
const linkKey = {
  source_id: id,
  wit_namespace: word,
  wit_package: word,
};
const link = z.object({
  ...linkKey,
  target: id,
  name: name.nullish(),
  interfaces: z.array(word).min(1).max(50),
  source_config: names,
  target_config: names,
});
/** Clients of different times call its name differently. */
const unlink = z.object({ ...linkKey, name: name.nullish(), link_name: name.nullish() });
const scale = z.object({
  component_id: id,
  component_ref: z.string().min(1).max(1000),
  max_instances: z.int().nonnegative().max(1000).optional(),
  host_id: z.string().nullish(),
  annotations,
  config: names,
});
const update = z.object({
  component_id: id,
  new_component_ref: z.string().min(1).max(1000),
  host_id: z.string().nullish(),
  annotations,
});

const DONE: ControlAnswer = { success: true, message: "" };

/** One for each host that is pinged; one to anything else. Throws a fault for what could not be done. */
export async function answerControl(env: Env, asked: Asked): Promise<readonly ControlAnswer[]> {
  const { lattice, operation, payload, principal } = asked;
  const by = { principal };
  const object = asked.object ?? "";
  switch (operation) {
    case "host.ping":
      return (await latticeHosts(env, lattice)).map((host) =>
        told(hostView(host, lattice, Date.now())),
      );
    case "host.get": {
      if (asked.object !== null)
        return [told(inventoryView(await latticeHost(env, lattice, object), Date.now()))];
      const hosts = await latticeHosts(env, lattice);
      return [told(hosts.map((host) => hostView(host, lattice, Date.now())))];
    }
    case "config.get": {
      const values = await getConfig(env, lattice, object);
      return [
        values === null ? { ...DONE, message: `No config ${object} is there` } : told(values),
      ];
    }
    case "config.put":
      assertName(object);
      await putConfig(env, { lattice, name: object, values: readBody(config, payload) }, by);
      return [DONE];
    case "config.del":
      return [isThere(await deleteConfig(env, lattice, object), `config ${object}`)];
    case "link.get":
      return [told((await listLinks(env, lattice)).map(linkView))];
    case "link.put":
      await putLink(env, linkOf(lattice, readBody(link, payload)), by);
      return [DONE];
    case "link.del": {
      const given = readBody(unlink, payload);
      const called = given.name ?? given.link_name ?? "default";
      const key = { lattice, ...keyOf(given), name: called };
      const found = await deleteLink(env, key, by);
      return [isThere(found !== null, `link ${called} of ${given.source_id}`)];
    }
    case "label.put":
      await livingNode(env, object);
      await labelNode(env, object, readBody(label, payload));
      return [DONE];
    case "label.del": {
      await livingNode(env, object);
      const { key } = readBody(label.pick({ key: true }), payload);
      await labelNode(env, object, { key, value: null });
      return [DONE];
    }
    case "component.scale": {
      const given = readBody(scale, payload);
      assertHost(object, given.host_id);
      await scaleComponent(
        env,
        {
          lattice,
          host: object,
          component: given.component_id,
          image: given.component_ref,
          // The least that wasmCloud's own hosts start.
          instances: given.max_instances ?? 1,
          annotations: given.annotations ?? {},
          configNames: given.config ?? [],
        },
        by,
      );
      return [DONE];
    }
    case "component.update": {
      const given = readBody(update, payload);
      assertHost(object, given.host_id);
      const { component_id: component, new_component_ref: image } = given;
      const of = { lattice, host: object, component, image, annotations: given.annotations ?? {} };
      await updateComponent(env, of, by);
      return [DONE];
    }
  }
}

export function controlFault({ message, details }: Pick<Fault, "message" | "details">) {
  return { success: false, message: [message, ...details].join(" ") };
}

function told(response: unknown): ControlAnswer {
  return { ...DONE, response };
}

function isThere(found: boolean, what: string): ControlAnswer {
  return found ? DONE : { ...DONE, message: `No ${what} was there` };
}

function assertName(given: string): void {
  if (NAME.test(given)) return;
  const message = `A config is named by letters, digits, _ and -, not ${given}.`;
  throw new Fault("VALIDATION_ERROR", message);
}

/** What stands in the body may be left out, but not be another. */
function assertHost(host: string, given: string | null | undefined): void {
  if (given == null || given === "" || given === host) return;
  const message = `The subject names host ${host}, and the body ${given}.`;
  throw new Fault("VALIDATION_ERROR", message);
}

function keyOf(given: { source_id: string; wit_namespace: string; wit_package: string }) {
  return {
    source: given.source_id,
    namespace: given.wit_namespace,
    package: given.wit_package,
  };
}

function linkOf(lattice: string, given: z.infer<typeof link>) {
  return {
    lattice,
    ...keyOf(given),
    target: given.target,
    name: given.name ?? "default",
    interfaces: given.interfaces,
    sourceConfigNames: given.source_config ?? [],
    targetConfigNames: given.target_config ?? [],
  };
}

function linkView(kept: LatticeLink) {
  return {
    source_id: kept.source,
    target: kept.target,
    name: kept.name,
    wit_namespace: kept.namespace,
    wit_package: kept.package,
    interfaces: kept.interfaces,
    source_config: kept.sourceConfigNames,
    target_config: kept.targetConfigNames,
  };
}
