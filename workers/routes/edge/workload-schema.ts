// Wire → domain for the workloads of the 001 document.
import { z } from "@hono/zod-openapi";
import { parseMilli, parseWhole } from "#domain/quantity.ts";
import { STRATEGIES as PLACEMENTS } from "#domain/placement/placement.ts";
import { NODE_ID, REGION } from "#domain/node.ts";
import type { Resources } from "#domain/placement/node.ts";
import type { Kind, RunPolicy, WorkloadSpec } from "#domain/workload/workload.ts";
import { refineStrategy, strategyFields } from "./strategy-schema.ts";

export const KINDS = ["deployment", "daemonset", "statefulset", "job", "cronjob"] as const;
export const PHASES = [
  "pending",
  "created",
  "deploying",
  "running",
  "updating",
  "completed",
  "failed",
  "stopped",
] as const;

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/;

export const workloadParam = z.object({ workloadId: z.string() });

const name = z.string().regex(NAME, "expected up to 63 letters, digits, dots and dashes");

const quantities = z
  .strictObject({
    cpu: quantity(parseMilli, "expected an amount of CPU such as 100m or 2"),
    memory: quantity(parseWhole, "expected an amount of memory such as 128Mi or 1Gi"),
    storage: quantity(parseWhole, "expected an amount of storage such as 1Gi"),
  })
  .partial();

const resources = z.strictObject({ requests: quantities, limits: quantities }).partial();

const constraint = z.strictObject({
  key: z.string().min(1).max(317),
  operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
  values: z.array(z.string().max(253)).max(1000).default([]),
});

/** In place of a region. */
export const CALLER = "caller";

const placement = z.strictObject({
  strategy: z.enum(PLACEMENTS).default("edge-first"),
  constraints: z.array(constraint).max(64).default([]),
  preferences: z
    .array(constraint.extend({ weight: z.int().min(1).max(100) }))
    .max(64)
    .default([]),
  region: z
    .string()
    .regex(REGION, "expected a region name such as us-east")
    .nullable()
    .default(null)
    .openapi({
      description:
        "What edge-first is near to: a region, or `caller` for the one that is nearest to who asks now. Where nobody tells where that is, and without a region, it spreads over all.",
    }),
});

const fields = {
  image: z.string().min(1).max(1024).openapi({
    description:
      "A module (`web-app:1.2.0`, `web-app@sha256:…`, `web-app` for its newest Active version) or a WASM artifact in an OCI registry (`ghcr.io/acme/web-app:1.2.0`).",
    example: "web-app:1.2.0",
  }),
  replicas: z.int().min(0).max(1000).openapi({
    description: "Of a daemonset: on each node. Of a job and a cronjob: runs at a time.",
  }),
  resources,
  placement,
  labels: z.record(z.string().min(1).max(317), z.string().max(63)),
  env: z.record(z.string().min(1).max(253), z.string().max(32_768)),
  schedule: z.string().max(128).openapi({ example: "*/5 * * * *" }),
  concurrency: z.enum(["Allow", "Forbid", "Replace"]),
  completions: z.int().min(1).max(1_000_000),
  retries: z.int().min(0).max(1000),
  function: z.string().min(1).max(1024).openapi({
    description: "What a run of a job calls; without it, the program that the module is.",
  }),
  parameters: z.unknown(),
  strategy: strategyFields.strategy.nullable().openapi({
    description:
      "By which a changed image goes out; null: each new instance starts before an old one stops. `deploy` names one too.",
  }),
  strategy_config: strategyFields.strategy_config,
  stopped: z.boolean().openapi({ description: "Stops its instances and keeps the workload." }),
};

const given = z.strictObject(fields).partial();

/** Everything of a workload that may be given when it is created and later. */
export type Given = z.output<typeof given>;

export const workloadBody = z
  .strictObject({
    ...given.shape,
    image: fields.image,
    name,
    namespace: name.default("default"),
    type: z.enum(KINDS),
  })
  .superRefine((body, context) => {
    refineStrategy(body, context);
    const found = misplaced(body.type, body);
    if (body.type === "cronjob" && body.schedule === undefined) {
      found.push({ field: "schedule", why: "a cronjob needs one, such as */5 * * * *" });
    }
    for (const { field, why } of found)
      context.addIssue({ code: "custom", path: [field], message: why });
  });

export const workloadChangeBody = z
  .strictObject({
    ...given.shape,
    name: name.optional(),
    namespace: name.optional(),
    type: z.enum(KINDS).optional(),
    resource_version: z.int().min(1).optional(),
  })
  .superRefine(refineStrategy);

export const workloadQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  namespace: name.optional(),
  type: z.enum(KINDS).optional(),
  status: z.enum(PHASES).optional(),
});

/** `"3"`, `W/"3"` or `3`: the resource version that a change is meant for. */
export const matchHeader = z.object({
  "if-match": z
    .string()
    .regex(/^(?:(?:W\/)?"\d{1,15}"|\d{1,15}|\*)$/, 'expected a resource version such as "3"')
    .optional(),
});

export function versionOf(header: string | undefined): number | null {
  const [digits] = /\d+/.exec(header ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}

export const deployBody = z
  .strictObject({
    nodes: z
      .array(z.string().regex(NODE_ID, "expected a node's id"))
      .min(1)
      .max(1000)
      .transform((nodes) => [...new Set(nodes)]),
    strategy: strategyFields.strategy.default("rolling"),
    strategy_config: strategyFields.strategy_config.optional(),
  })
  .superRefine(refineStrategy);

export function kindOf(
  type: Kind["type"],
  body: Given,
  before: Kind | null = null,
): { kind: Kind; update: WorkloadSpec["update"] } {
  const inPlace = { surge: 0, unavailable: 1 };
  switch (type) {
    case "deployment":
      return {
        kind: { type, replicas: replicas(body, before) },
        update: { surge: 1, unavailable: 0 },
      };
    case "statefulset":
      return { kind: { type, replicas: replicas(body, before) }, update: inPlace };
    case "daemonset": {
      const perNode = before?.type === "daemonset" ? before.perNode : 1;
      return { kind: { type, perNode: body.replicas ?? perNode }, update: inPlace };
    }
    case "job":
      return { kind: { type, run: runOf(body, before) }, update: inPlace };
    case "cronjob": {
      const was = before?.type === "cronjob" ? before : null;
      return {
        kind: {
          type,
          run: runOf(body, before),
          schedule: body.schedule ?? was?.schedule ?? "",
          concurrency: body.concurrency ?? was?.concurrency ?? "Allow",
          startingDeadlineMs: was?.startingDeadlineMs ?? 200_000,
        },
        update: inPlace,
      };
    }
  }
}

function replicas(body: Given, before: Kind | null): number {
  const was = before !== null && "replicas" in before ? before.replicas : 1;
  return body.replicas ?? was;
}

function runOf(body: Given, before: Kind | null): RunPolicy {
  const was =
    before !== null && "run" in before
      ? before.run
      : { completions: 1, parallelism: 1, retries: 3 };
  return {
    completions: body.completions ?? was.completions,
    parallelism: body.replicas ?? was.parallelism,
    retries: body.retries ?? was.retries,
  };
}

/** Whether anything of the kind is given. */
export function saysKind({
  replicas,
  schedule,
  concurrency,
  completions,
  retries,
}: Given): boolean {
  return [replicas, schedule, concurrency, completions, retries].some(
    (field) => field !== undefined,
  );
}

/** What is asked for is what is held; without it, as in Kubernetes, the limit is. */
export function resourcesOf(body: NonNullable<Given["resources"]>): Resources {
  const { requests, limits } = body;
  return {
    cpuMillis: parseMilli(requests?.cpu ?? limits?.cpu ?? "0") ?? 0,
    memoryBytes: parseWhole(requests?.memory ?? limits?.memory ?? "0") ?? 0,
    storageBytes: parseWhole(requests?.storage ?? limits?.storage ?? "0") ?? 0,
  };
}

/** Fields that say nothing of that type. */
export function misplaced(type: Kind["type"], body: Given): { field: string; why: string }[] {
  const isRun = type === "job" || type === "cronjob";
  const only = (field: keyof Given, fits: boolean, of: string) =>
    body[field] === undefined || fits ? [] : [{ field, why: `only ${of} has it, not a ${type}` }];
  return [
    ...only("schedule", type === "cronjob", "a cronjob"),
    ...only("concurrency", type === "cronjob", "a cronjob"),
    ...only("completions", isRun, "a job or a cronjob"),
    ...only("retries", isRun, "a job or a cronjob"),
    ...only("function", isRun, "a job or a cronjob"),
    ...only("parameters", isRun, "a job or a cronjob"),
    ...only("strategy", !isRun, "what stays until it is stopped"),
  ];
}

function quantity(parse: (text: string) => number | null, expected: string) {
  return z.string().refine((text) => parse(text) !== null, expected);
}
