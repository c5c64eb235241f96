// The shapes of the 000 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { COMPATIBILITIES } from "#domain/interface.ts";
import { ROLES } from "#domain/role.ts";
import { refusals } from "#http/openapi.ts";

export const time = z.string().openapi({ format: "date-time" });
const moduleStatus = z.enum(["Active", "Deprecated", "Disabled"]);
const nodeStatus = z.enum(["Healthy", "Unhealthy"]);
export const page = { total: z.int(), limit: z.int(), offset: z.int() };

const errorAnswer = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.array(z.string()),
      timestamp: time,
      requestId: z.string(),
      retryAfter: z.int().optional(),
    }),
  })
  .openapi("Error");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request does not fit its schema; details lists every fault.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

export const userAnswer = z
  .object({ username: z.string(), role: z.enum(ROLES), createdAt: time })
  .openapi("User");
export const usersAnswer = z.object({ users: z.array(userAnswer), total: z.int() });

export const loginAnswer = z
  .object({
    token: z.string(),
    expiresAt: time,
    user: z.object({ username: z.string(), role: z.enum(ROLES) }),
  })
  .openapi("Login");

export const registeredModuleAnswer = z
  .object({
    moduleId: z.string(),
    name: z.string(),
    version: z.string(),
    binaryPath: z.string(),
    checksum: z.string(),
    sizeBytes: z.int(),
    exportedFunctions: z.array(z.string()),
    registeredAt: time,
    status: moduleStatus,
  })
  .openapi("RegisteredModule");

const moduleSummary = z
  .object({
    moduleId: z.string(),
    name: z.string(),
    version: z.string(),
    sizeBytes: z.int(),
    status: moduleStatus,
    deploymentCount: z.int(),
    invocationCount: z.int(),
    registeredAt: time,
  })
  .openapi("ModuleSummary");

export const modulesAnswer = z
  .object({ modules: z.array(moduleSummary), ...page })
  .openapi("Modules");

const jsonSchema = z.record(z.string(), z.unknown()).nullable();

export const moduleInterfaceAnswer = z
  .object({
    moduleId: z.string(),
    convention: z.string(),
    importedInterfaces: z.array(z.string()),
    functions: z.array(
      z.object({
        name: z.string(),
        style: z.enum(["numbers", "json", "extism", "command", "wit"]).nullable(),
        callable: z.boolean(),
        reason: z.string().nullable().openapi({ description: "Why it can't be called." }),
        wit: z.string().nullable(),
        parameters: jsonSchema.openapi({ description: "What a call's parameters may be." }),
        result: jsonSchema.openapi({ description: "What its returnValue may be, parsed." }),
      }),
    ),
  })
  .openapi("ModuleInterface");

const limitsAnswer = z
  .object({
    maxMemoryMB: z.int(),
    maxCpuPercent: z.int(),
    maxExecutionTimeSeconds: z.int(),
    maxConcurrentInvocations: z.int(),
    filesystemAccess: z.enum(["Disabled", "ReadOnly", "ReadWrite"]),
    allowedDirectories: z.array(z.string()).readonly().optional(),
    networkAccess: z.enum(["Disabled", "AllowList", "Unrestricted"]),
    allowedHosts: z.array(z.string()).readonly().optional(),
    environmentVariables: z.record(z.string(), z.string()).optional(),
  })
  .openapi("ResourceLimits");

export const moduleAnswer = registeredModuleAnswer
  .extend({
    ...moduleSummary.shape,
    description: z.string().nullable(),
    wasiVersion: z.enum(["preview1", "preview2"]),
    requiredInterfaces: z.array(z.string()),
    limits: limitsAnswer,
    metadata: z.record(z.string(), z.unknown()),
    files: z.array(z.string()).openapi({ description: "The paths of its own files." }),
    convention: z.string(),
    registeredBy: z.string(),
  })
  .openapi("Module");

export const registeredNodeAnswer = z
  .object({
    nodeId: z.string(),
    hostname: z.string(),
    region: z.string(),
    status: nodeStatus,
    registeredAt: time,
  })
  .openapi("RegisteredNode");

export const nodeAnswer = registeredNodeAnswer
  .extend({
    port: z.int(),
    zone: z.string().nullable(),
    runtime: z.string(),
    runtimeVersion: z.string().nullable(),
    wasiVersion: z.string(),
    hardware: z.record(z.string(), z.unknown()).nullable(),
    maxModules: z.int(),
    isEnabled: z.boolean(),
  })
  .openapi("Node");

export const nodesAnswer = z.object({ nodes: z.array(nodeAnswer), ...page }).openapi("Nodes");

export const nodeHealthAnswer = z
  .object({
    nodeId: z.string(),
    status: nodeStatus,
    modulesLoaded: z.int(),
    cpuUsagePercent: z.number(),
    memoryUsageMB: z.number(),
    diskUsageGB: z.number(),
    gasPerMs: z.number(),
    lastHeartbeat: time.nullable(),
    uptime: z.string().openapi({ format: "duration" }),
  })
  .openapi("NodeHealth");

export const registeredInterfaceAnswer = z
  .object({
    interfaceId: z.string(),
    status: z.enum(["Draft", "PendingApproval", "Approved", "Deprecated", "Rejected"]),
    registeredAt: time,
  })
  .openapi("RegisteredInterface");

export const interfaceAnswer = registeredInterfaceAnswer
  .extend({
    namespace: z.string(),
    name: z.string(),
    version: z.string(),
    witDefinition: z.string(),
    description: z.string().nullable(),
    compatibility: z.enum(COMPATIBILITIES),
    registeredBy: z.string(),
    submittedAt: time.nullable(),
    decidedAt: time.nullable(),
    decidedBy: z.string().nullable(),
    decisionReason: z.string().nullable(),
  })
  .openapi("Interface");

export const interfacesAnswer = z
  .object({ interfaces: z.array(interfaceAnswer), ...page })
  .openapi("Interfaces");

export const validationAnswer = z
  .object({
    valid: z.boolean(),
    errors: z.array(z.object({ message: z.string(), line: z.int(), column: z.int() })),
    comparedWith: z.string().nullable(),
    breaks: z.array(z.string()),
  })
  .openapi("InterfaceValidation");

export const executedAnswer = z
  .object({
    success: z.boolean(),
    returnValue: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    durationMs: z.number(),
    memoryUsedBytes: z.int(),
    gasUsed: z.int().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    exitCode: z.int().nullable(),
    executedOn: z.string(),
    moduleId: z.string(),
    timestamp: time,
  })
  .openapi("Execution");
