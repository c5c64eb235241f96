// Wire → domain for the 000 document: every request is parsed here, from unknown to a domain type or a fault.
import { z } from "@hono/zod-openapi";
import type { DeploymentRequest } from "#control/deployments.ts";
import { DEPLOYMENT_STATUSES } from "#domain/deployment.ts";
import {
  charactersOf,
  FILE_CHARACTERS_MAX,
  FILES_MAX,
  MODULE_FILES_CHARACTERS_MAX,
} from "#domain/file.ts";
import { isHostEntry } from "#domain/host.ts";
import { COMPATIBILITIES } from "#domain/interface.ts";
import { DEFAULT_LIMITS, MODULE_NAME, isVersion } from "#domain/module.ts";
import { NODE_ID, REGION } from "#domain/node.ts";
import { ROLES } from "#domain/role.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import { strategyOf, strategyRequest } from "#domain/strategy/parse-strategy.ts";
import { pageQuery } from "#http/page.ts";

const semanticVersion = z
  .string()
  .refine(isVersion, "expected a SemVer 2.0 version such as 1.2.0")
  .openapi({ example: "1.2.0" });
const moduleName = z
  .string()
  .min(1)
  .max(128)
  .regex(MODULE_NAME, "expected letters, digits, dashes and underscores")
  .openapi({ example: "image-processor" });
const region = z.string().regex(REGION, "expected a region name such as us-east");
const nodeId = z
  .string()
  .regex(NODE_ID, "expected up to 63 letters, digits, dots, dashes and underscores");

const filePath = z.string().min(1).max(1024);
const files = z
  .array(
    z.union([
      z.strictObject({ path: filePath, text: z.string().max(FILE_CHARACTERS_MAX) }),
      z.strictObject({
        path: filePath,
        base64: z.base64().max(FILE_CHARACTERS_MAX).openapi({ format: "byte" }),
      }),
    ]),
  )
  .max(FILES_MAX)
  .default([]);

export const loginBody = z.strictObject({
  username: z.string().min(1).max(254).openapi({ example: "admin@example.com" }),
  password: z.string().min(1).max(1024).openapi({ example: "Admin123!" }),
  mfaCode: z.string().min(1).max(64).optional().openapi({
    description: "Where the user has a second factor: a code of it, or a backup code.",
  }),
});

export const userBody = z.strictObject({
  username: z.string().min(1).max(254),
  password: z.string().min(8).max(1024),
  role: z.enum(ROLES),
});

const limits = z
  .strictObject({
    maxMemoryMB: z
      .int()
      .min(1)
      .max(128, "expected at most 128: an isolate has no more")
      .default(DEFAULT_LIMITS.maxMemoryMB),
    maxCpuPercent: z.int().min(1).max(100).default(DEFAULT_LIMITS.maxCpuPercent),
    maxExecutionTimeSeconds: z
      .int()
      .min(1)
      .max(300)
      .default(DEFAULT_LIMITS.maxExecutionTimeSeconds),
    maxConcurrentInvocations: z
      .int()
      .min(1)
      .max(1000)
      .default(DEFAULT_LIMITS.maxConcurrentInvocations),
    filesystemAccess: z.enum(["Disabled", "ReadOnly", "ReadWrite"]).default("Disabled"),
    allowedDirectories: z.array(z.string().min(1)).optional(),
    networkAccess: z.enum(["Disabled", "AllowList", "Unrestricted"]).default("Disabled"),
    allowedHosts: z
      .array(
        z
          .string()
          .max(260)
          .refine(isHostEntry, "expected a host such as example.com, host:8443 or *.example.com"),
      )
      .max(64)
      .optional(),
    environmentVariables: z.record(z.string(), z.string()).optional(),
  })
  .superRefine((given, context) => {
    const lacks = (path: string, why: string): void => {
      context.addIssue({ code: "custom", path: [path], message: why });
    };
    if (given.filesystemAccess !== "Disabled" && !given.allowedDirectories?.length) {
      lacks("allowedDirectories", `needed while filesystemAccess is ${given.filesystemAccess}`);
    }
    if (given.networkAccess === "AllowList" && !given.allowedHosts?.length) {
      lacks("allowedHosts", "needed while networkAccess is AllowList");
    }
  });

/** Everything of a registration but the binary, which is read by itself. */
export const moduleFields = z.strictObject({
  name: moduleName,
  version: semanticVersion,
  description: z.string().max(4096).nullable().default(null),
  wasiVersion: z.enum(["preview1", "preview2"]),
  requiredInterfaces: z.array(z.string().min(1).max(256)).max(256).default([]),
  limits: limits.prefault({}),
  metadata: z.record(z.string(), z.unknown()).default({}),
  files: files
    .refine(
      (given) => charactersOf(given) <= MODULE_FILES_CHARACTERS_MAX,
      `expected at most ${MODULE_FILES_CHARACTERS_MAX} characters in all files together`,
    )
    .openapi({ description: "Files that its guests find below allowedDirectories at every call." }),
});

export const registrationFields = moduleFields.superRefine(
  ({ files: given, limits: { filesystemAccess } }, context) => {
    if (given.length === 0 || filesystemAccess !== "Disabled") return;
    const message = "no guest could see them while limits.filesystemAccess is Disabled";
    context.addIssue({ code: "custom", path: ["files"], message });
  },
);

export const moduleBody = moduleFields.extend({
  wasmBinary: z
    .string()
    .openapi({ format: "byte", description: "The binary as base64, at most 50 MB." }),
});

export const moduleQuery = z.strictObject({
  name: z.string().optional(),
  status: z.enum(["Active", "Deprecated", "Disabled"]).optional(),
  ...pageQuery,
});

export const moduleStatusBody = z.strictObject({
  status: z.enum(["Active", "Deprecated", "Disabled"]),
});

export const nodeBody = z.strictObject({
  nodeId,
  hostname: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).default(8080),
  region,
  zone: z.string().max(64).nullable().default(null),
  runtime: z.enum(["workerd", "Wasmtime", "WasmEdge", "Wasmer"]).default("workerd"),
  runtimeVersion: z.string().max(64).nullable().default(null),
  wasiVersion: z.enum(["preview1", "preview2"]).default("preview2"),
  hardware: z
    .looseObject({
      cpuCores: z.number().positive().optional(),
      totalMemoryMB: z.number().positive().optional(),
      totalDiskGB: z.number().positive().optional(),
      architecture: z.string().optional(),
    })
    .nullable()
    .default(null),
  maxModules: z.int().min(1).max(100_000).default(1000),
});

export const nodeQuery = z.strictObject({
  region: region.optional(),
  status: z.enum(["Healthy", "Unhealthy"]).optional(),
  ...pageQuery,
});

export const nodeChangeBody = z.strictObject({ isEnabled: z.boolean() });

const targets = {
  moduleId: z.string().min(1).openapi({ example: "image-processor-v1.2.0" }),
  targetRegions: z.array(region).default([]),
  targetNodes: z.array(nodeId).default([]),
  autoRollbackEnabled: z.boolean().default(true),
  healthCheck: z
    .strictObject({
      enabled: z.boolean().default(true),
      functionName: z.string().min(1).optional(),
      expectedResult: z.string().default(DEFAULT_HEALTH.expectedResult),
      timeoutSeconds: z.number().min(0.1).max(300).optional(),
      successThreshold: z.int().min(1).max(100).default(DEFAULT_HEALTH.successThreshold),
      failureThreshold: z.int().min(1).max(100).default(DEFAULT_HEALTH.failureThreshold),
    })
    .prefault({}),
  gates: z
    .strictObject({
      minimumSampleSize: z.int().min(1).max(1_000_000).default(DEFAULT_GATES.minimumSample),
      falseAlarmRate: z.number().min(0.000_001).max(0.5).default(DEFAULT_GATES.falseAlarmRate),
      maxExtensions: z.int().min(0).max(100).default(DEFAULT_GATES.extensionsMax),
    })
    .prefault({}),
};

export const deploymentBody = strategyRequest(targets)
  .refine((given) => given.targetRegions.length + given.targetNodes.length > 0, {
    path: ["targetRegions"],
    message: "expected at least one region, or targetNodes",
  })
  .transform((given): DeploymentRequest => {
    const { strategyConfig: config, healthCheck, gates } = given;
    return {
      moduleId: given.moduleId,
      targetRegions: [...new Set(given.targetRegions)],
      targetNodes: [...new Set(given.targetNodes)],
      strategy: strategyOf(given),
      autoPromote: config.autoPromote ?? true,
      health: {
        enabled: healthCheck.enabled,
        functionName:
          healthCheck.functionName ?? config.healthCheckFunction ?? DEFAULT_HEALTH.functionName,
        expectedResult: healthCheck.expectedResult,
        timeoutMs: healthTimeoutMs(given),
        successThreshold: config.successThreshold ?? healthCheck.successThreshold,
        failureThreshold: config.failureThreshold ?? healthCheck.failureThreshold,
      },
      gates: {
        minimumSample: gates.minimumSampleSize,
        falseAlarmRate: gates.falseAlarmRate,
        extensionsMax: gates.maxExtensions,
      },
      autoRollback: given.autoRollbackEnabled,
    };
  });

export const deploymentQuery = z.strictObject({
  moduleId: z.string().optional(),
  status: z.enum(DEPLOYMENT_STATUSES).optional(),
  ...pageQuery,
});

export const executeDeploymentBody = z.strictObject({ approvedBy: z.string().min(1).optional() });
export const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(1024).optional() });

export const interfaceBody = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/, "expected a WIT package such as wasi:custom"),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected a WIT name in kebab-case"),
  version: semanticVersion,
  witDefinition: z.string().min(1).max(262_144),
  description: z.string().max(4096).nullable().default(null),
  compatibility: z.enum(COMPATIBILITIES).default("Backward"),
});

export const interfaceQuery = z.strictObject({
  namespace: z.string().optional(),
  name: z.string().optional(),
  status: z.enum(["Draft", "PendingApproval", "Approved", "Deprecated", "Rejected"]).optional(),
  ...pageQuery,
});

export const executeBody = z.strictObject({
  moduleId: z.string().min(1).openapi({ example: "image-processor-v1.2.0" }),
  functionName: z.string().min(1).max(1024),
  parameters: z.unknown().optional(),
  files: files.openapi({
    description: "Files that the guest finds below its allowedDirectories, beside its module's.",
  }),
  targetRegion: region.optional(),
  timeout: z.number().positive().max(300).optional().openapi({ description: "Seconds." }),
  stickyKey: z.string().min(1).max(1024).optional(),
});

export const pageOnly = z.strictObject(pageQuery);
export const moduleParam = z.object({ moduleId: z.string() });
export const moduleHttpParam = moduleParam.extend({
  path: z.string().openapi({ description: "Any path, with slashes; the query goes with it." }),
});
export const deploymentParam = z.object({ deploymentId: z.string() });
export const nodeParam = z.object({ nodeId: z.string() });

/** What healthCheck says; else what a Rolling strategy says; else the document's 5 s. */
function healthTimeoutMs(
  given: z.output<ReturnType<typeof strategyRequest<typeof targets>>>,
): number {
  const { timeoutSeconds } = given.healthCheck;
  if (timeoutSeconds !== undefined) return timeoutSeconds * 1000;
  return given.strategy === "Rolling"
    ? given.strategyConfig.healthCheckTimeout
    : DEFAULT_HEALTH.timeoutMs;
}
