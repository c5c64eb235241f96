// From a spec as it was written, JSON or YAML, to an AppSpec with its defaults, or every fault with its path.
import { z } from "zod";
import { DEFAULT_CONFIG } from "#domain/config.ts";
import type { SpecDefaults } from "#domain/config.ts";
import { DEFAULT_PROBE } from "#domain/health/probe.ts";
import { parseMilli, parseWhole } from "#domain/quantity.ts";
import { DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import { strategyOf, strategyRequest } from "#domain/strategy/parse-strategy.ts";
import { environment } from "./environment-section.ts";
import { healthCheck, portNumber, probeOf, seconds } from "./health-section.ts";
import { HOSTS_ANNOTATION, hostsFault, hostsOf } from "./hosts.ts";
import { APP_NAME, APP_NAME_MAX, RESTART_POLICIES } from "./spec.ts";
import type { AppSpec, RolloutSection } from "./spec.ts";
import { scaling } from "./scaling-section.ts";

export type ParsedSpec =
  | { readonly ok: true; readonly spec: AppSpec }
  | { readonly ok: false; readonly faults: readonly string[] };

export function parseSpec(given: unknown, defaults: SpecDefaults = DEFAULT_CONFIG): ParsedSpec {
  const parsed = specSchema.safeParse(completed(given, defaults));
  if (parsed.success) return { ok: true, spec: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${pathOf(path)}: ${message}`,
  );
  return { ok: false, faults };
}

/** With what is configured for specs that don't say. */
function completed(given: unknown, { scaling, health }: SpecDefaults): unknown {
  if (!isPlain(given)) return given;
  const { cooldownSeconds } = scaling;
  const { checkSeconds: periodSeconds, timeoutSeconds, failureThreshold } = health;
  return {
    ...given,
    scaling: under(given["scaling"], { cooldownSeconds }),
    healthCheck: under(given["healthCheck"], { periodSeconds, timeoutSeconds, failureThreshold }),
  };
}

function under(section: unknown, defaults: object): unknown {
  if (section === undefined) return defaults;
  return isPlain(section) ? { ...defaults, ...section } : section;
}

function isPlain(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** `spec.ports[0].containerPort` */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

const text = (most: number) => z.string().max(most);
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
const LABEL_KEY =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const labelKey = z.string().regex(LABEL_KEY, "expected a label key such as app or example.com/app");
const MAP_MAX = 64;

function map(value: z.ZodString) {
  return z
    .record(labelKey, value)
    .refine((entries) => Object.keys(entries).length <= MAP_MAX, `expected at most ${MAP_MAX} keys`)
    .default({});
}

const metadata = z
  .strictObject({
    name: z
      .string()
      .max(APP_NAME_MAX)
      .regex(APP_NAME, "expected letters, digits and dashes, with a letter or digit at either end"),
    labels: map(text(63)),
    annotations: map(text(4096)),
  })
  .superRefine((given, context) => {
    const message = hostsFault(hostsOf(given));
    if (message === null) return;
    context.addIssue({ code: "custom", path: ["annotations", HOSTS_ANNOTATION], message });
  });

const image = z
  .string()
  .min(1)
  .max(512)
  .refine(hasTag, "expected an image with a tag, such as web-app:1.2.0, or with a digest");

function hasTag(named: string): boolean {
  const last = named.slice(named.lastIndexOf("/") + 1);
  return /^[^:@]+(?::[\w.-]+)(?:@sha256:[0-9a-f]{64})?$|^[^:@]+@sha256:[0-9a-f]{64}$/.test(last);
}

const port = z
  .strictObject({
    containerPort: portNumber,
    protocol: z.enum(["HTTP", "TCP"]).default("HTTP"),
    name: z.string().min(1).max(63).optional(),
  })
  .transform(({ containerPort, protocol, name }) => ({
    port: containerPort,
    protocol,
    name: name ?? null,
  }));

const ports = z
  .array(port)
  .min(1, "expected one port or more")
  .max(16)
  .superRefine((given, context) => {
    const seen = new Set<number>();
    for (const [at, { port }] of given.entries()) {
      if (seen.has(port)) {
        const message = `expected each port once, and ${port} comes again`;
        context.addIssue({ code: "custom", path: [at, "containerPort"], message });
      }
      seen.add(port);
    }
  });

function quantity(parse: (text: string) => number | null, example: string) {
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const amount = parse(String(given));
    if (amount !== null && amount > 0) return amount;
    context.addIssue({ code: "custom", message: `expected a quantity such as ${example}` });
    return z.NEVER;
  });
}

const resources = z
  .strictObject({
    cpu: quantity(parseMilli, "500m or 1").optional(),
    memory: quantity(parseWhole, "64Mi").optional(),
  })
  .default({})
  .transform(({ cpu, memory }) => ({ cpuMillis: cpu ?? null, memoryBytes: memory ?? null }));

const words = z.array(text(4096)).max(64).default([]);

const spec = z.strictObject({
  type: z.literal("http", "expected http: apps of other types don't run here"),
  image,
  ports,
  resources,
  env: environment,
  command: words,
  args: words,
});

/** In the words of the rollouts' own API, of which all but the strategy's name has defaults. */
const rollout = z
  .preprocess(
    (given) =>
      typeof given === "object" && given !== null ? { strategyConfig: {}, ...given } : given,
    strategyRequest({}),
  )
  .transform((given, context): RolloutSection => {
    const { autoPromote, successThreshold, failureThreshold, healthCheckFunction } =
      given.strategyConfig;
    if (healthCheckFunction !== undefined) {
      const path = ["strategyConfig", "healthCheckFunction"];
      const message = "expected none: an app is probed as its healthCheck says";
      context.addIssue({ code: "custom", path, message });
    }
    return {
      strategy: strategyOf(given),
      autoPromote: autoPromote ?? true,
      successThreshold: successThreshold ?? DEFAULT_HEALTH.successThreshold,
      failureThreshold: failureThreshold ?? DEFAULT_HEALTH.failureThreshold,
    };
  });

const specSchema = z
  .strictObject({
    apiVersion: z.literal("v1", "expected v1"),
    kind: z.literal("App", "expected App"),
    metadata,
    spec,
    scaling,
    healthCheck: healthCheck.prefault({}),
    termination: z.strictObject({ drainSeconds: seconds(0).default(30) }).prefault({}),
    restartPolicy: z.enum(RESTART_POLICIES).default("Always"),
    rollout: rollout.optional(),
  })
  .transform((given, context): AppSpec => {
    const { image, ports, resources, env, command, args } = given.spec;
    const http = ports.find(({ protocol }) => protocol === "HTTP");
    if (http === undefined) {
      const message = "expected a port of the protocol HTTP: an app is reached by no other";
      context.addIssue({ code: "custom", path: ["spec", "ports"], message });
    }
    const port = given.healthCheck.port ?? http?.port ?? DEFAULT_PROBE.port;
    if (!ports.some((one) => one.port === port)) {
      const message = `expected one of spec.ports, not ${port}`;
      context.addIssue({ code: "custom", path: ["healthCheck", "port"], message });
    }
    return {
      ...given.metadata,
      image,
      ports,
      resources,
      environment: env,
      command,
      args,
      scaling: given.scaling,
      health: { ...probeOf(given.healthCheck), port },
      drainMs: 1000 * given.termination.drainSeconds,
      restart: given.restartPolicy,
      rollout: given.rollout ?? null,
    };
  });
