// What an application's manifest may look like, in both generations of wadm: the parser and the published JSON Schema
// are made of this one description. What can't be told by a shape alone is in validate.ts.
import { z } from "zod";

const INSTANCES_MAX = 1000;

const words = z.record(z.string(), z.string());
/** YAML reads a bare 8080 or true as such; a config's value is text. */
const text = z.union([z.string(), z.number(), z.boolean()]);

const config = z.strictObject({
  name: z.string().min(1).describe("The named config; with properties, these are what it holds."),
  properties: z.record(z.string(), text).optional(),
});
const secret = z.strictObject({
  name: z.string().min(1),
  properties: z.strictObject({
    policy: z.string(),
    key: z.string(),
    field: z.string().optional(),
    version: z.string().optional(),
  }),
});
const configs = z.array(config).optional();
const secrets = z.array(secret).optional();

const spread = z.strictObject({
  name: z.string().min(1),
  requirements: words.optional().describe("Labels that a node must have with these values."),
  weight: z.int().min(0).max(1_000_000).optional().describe("100 where it is left out."),
});

const instances = z.int().min(0).max(INSTANCES_MAX);
const scaler = z
  .strictObject({
    instances: instances.optional(),
    replicas: instances.optional().describe("The name of `instances` before wadm 0.10."),
    spread: z.array(spread).max(64).optional(),
  })
  .refine(({ instances, replicas }) => (instances === undefined) !== (replicas === undefined), {
    path: ["instances"],
    message: "expected either instances or replicas",
  });

const target = z.union([
  z.string(),
  z.strictObject({ name: z.string().optional(), config: configs, secrets }),
]);
const link = z.strictObject({
  name: z.string().min(1).optional().describe("`default` where it is left out."),
  target,
  namespace: z.string().min(1),
  package: z.string().min(1),
  interfaces: z.array(z.string().min(1)).min(1),
  source: z.strictObject({ config: configs, secrets }).optional(),
  source_config: configs.describe("Deprecated: source.config."),
  target_config: configs.describe("Deprecated: target.config."),
});
const linkdef = z.strictObject({
  target: z.string(),
  values: z.record(z.string(), text).optional(),
});

const trait = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("spreadscaler"), properties: scaler }),
  z.strictObject({ type: z.literal("daemonscaler"), properties: scaler }),
  z.strictObject({ type: z.literal("link"), properties: link }),
  z.strictObject({ type: z.literal("linkdef"), properties: linkdef }),
]);

const application = z.strictObject({ name: z.string(), component: z.string() });
const properties = z.strictObject({
  image: z.string().min(1).optional(),
  application: application.optional(),
  id: z.string().min(1).max(63).optional(),
  config: configs,
  secrets,
});
const capability = properties.extend({
  contract: z
    .string()
    .min(1)
    .optional()
    .describe("Before wadm 0.10: wasmcloud:httpserver and so on."),
  link_name: z.string().min(1).optional(),
});

const named = { name: z.string().min(1).max(128), traits: z.array(trait).max(256).optional() };
const component = z.discriminatedUnion("type", [
  z.strictObject({ ...named, type: z.enum(["component", "actor"]), properties }),
  z.strictObject({ ...named, type: z.literal("capability"), properties: capability }),
]);

const policy = z.strictObject({
  name: z.string().min(1),
  type: z.string().min(1),
  properties: z.record(z.string(), z.unknown()).optional(),
});

export const manifestSchema = z.strictObject({
  apiVersion: z.literal("core.oam.dev/v1beta1"),
  kind: z.literal("Application"),
  metadata: z.strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[-\w]+$/, "expected letters, digits, _ and -"),
    annotations: words.optional().describe("`version` and `description` are read."),
    labels: words.optional(),
  }),
  spec: z.strictObject({
    components: z.array(component).min(1).max(256),
    policies: z.array(policy).max(64).optional(),
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Component = Manifest["spec"]["components"][number];
export type Trait = NonNullable<Component["traits"]>[number];
export type Config = z.infer<typeof config>;
export type SecretReference = z.infer<typeof secret>;

/** JSON Schema 2020-12 of what is accepted. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(manifestSchema, { io: "input" });
}
