// Domain → the 000 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Login } from "#control/identity.ts";
import { isHealthy } from "#control/nodes.ts";
import type { NodeHealth } from "#control/nodes.ts";
import type { Executed } from "#data/execute.ts";
import { estimateOf, progressOf, stageOf, statusOf } from "#domain/deployment.ts";
import type { Deployment } from "#domain/deployment.ts";
import { formatDuration } from "#domain/duration.ts";
import type { Fault } from "#domain/fault.ts";
import { statusAt } from "#domain/interface.ts";
import type { WasmInterface } from "#domain/interface.ts";
import type { Module } from "#domain/module.ts";
import { GAS_PER_MS } from "#domain/gas.ts";
import type { EdgeNode } from "#domain/node.ts";
import { offeringOf } from "#domain/offering.ts";
import type { Plan, Transition } from "#domain/rollout/rollout.ts";
import { primaryRole } from "#domain/role.ts";
import type { Account } from "#domain/user.ts";
import { versionOf } from "#domain/variant.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf as httpStatusOf } from "#http/error.ts";
import type { CountedModule } from "#stores/modules.ts";

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const requestId = c.get("requestId");
  const fault = faultOf(thrown);
  if (fault === null) {
    logBug(requestId, thrown);
    return c.json(internal(requestId), 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  return c.json(errorBody(fault, requestId), httpStatusOf(fault));
}

function errorBody(fault: Fault, requestId: string) {
  const { code, message, details, retryAfterSeconds } = fault;
  return {
    error: {
      code,
      message,
      details,
      timestamp: iso(Date.now()),
      requestId,
      ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    },
  };
}

function internal(requestId: string) {
  const message = "Something went wrong on our side; the request id finds it in the log.";
  return {
    error: { code: "INTERNAL_ERROR", message, details: [], timestamp: iso(Date.now()), requestId },
  };
}

export function loginView({ token, expiresAt, principal }: Login) {
  const { username, role } = principal;
  return { token, expiresAt: iso(expiresAt), user: { username, role } };
}

/** A user has one role in this dialect: the highest. Without any it may nothing, which a Viewer is nearest to. */
export function accountView({ username, roles, createdAt }: Account) {
  return { username, role: primaryRole(roles) ?? "Viewer", createdAt: iso(createdAt) };
}

export function registeredModuleView(module: Module) {
  return {
    moduleId: module.id,
    name: module.name,
    version: module.version,
    binaryPath: binaryPath(module),
    checksum: module.digest,
    sizeBytes: module.sizeBytes,
    exportedFunctions: [...module.exportedFunctions],
    registeredAt: iso(module.registeredAt),
    status: module.status,
  };
}

export function moduleSummaryView(module: CountedModule) {
  return {
    moduleId: module.id,
    name: module.name,
    version: module.version,
    sizeBytes: module.sizeBytes,
    status: module.status,
    deploymentCount: module.deploymentCount,
    invocationCount: module.invocationCount,
    registeredAt: iso(module.registeredAt),
  };
}

export function moduleView(module: CountedModule) {
  return {
    ...registeredModuleView(module),
    ...moduleSummaryView(module),
    description: module.description,
    wasiVersion: module.wasiVersion,
    requiredInterfaces: [...module.requiredInterfaces],
    limits: module.limits,
    metadata: module.metadata,
    files: module.files.map(({ path }) => path),
    convention: module.convention,
    registeredBy: module.registeredBy,
  };
}

export function moduleInterfaceView(module: Module) {
  return {
    moduleId: module.id,
    convention: module.convention,
    importedInterfaces: [...module.importedInterfaces],
    functions: offeringOf(module),
  };
}

export function createdDeploymentView(deployment: Deployment) {
  const { rollout } = deployment;
  return {
    deploymentId: rollout.id,
    moduleId: versionOf(rollout.candidate),
    status: statusOf(rollout),
    strategy: rollout.strategy.name,
    targetRegions: [...deployment.targetRegions],
    targetNodes: [...deployment.targetNodes],
    progressPercent: progressOf(rollout),
    createdAt: iso(rollout.createdAt),
    createdBy: rollout.createdBy,
  };
}

export function executionView({ rollout }: Deployment, now: number) {
  return {
    deploymentId: rollout.id,
    status: statusOf(rollout),
    startedAt: isoOrNull(rollout.startedAt),
    estimatedCompletionTime: isoOrNull(estimateOf(rollout, now)),
  };
}

export function deploymentView(deployment: Deployment, now: number) {
  const { rollout } = deployment;
  return {
    ...createdDeploymentView(deployment),
    ...executionView(deployment, now),
    succeededNodes: [...rollout.succeeded],
    failedNodes: [...rollout.failed],
    currentStage: stageOf(rollout),
    previousModuleId: rollout.plan?.previous ?? null,
    approvedBy: rollout.approvedBy,
    approvedAt: isoOrNull(rollout.approvedAt),
    completedAt: isoOrNull(rollout.endedAt),
    errorMessage: rollout.message,
    gates: [...rollout.verdicts],
  };
}

export function rollbackView({ rollout }: Deployment) {
  return {
    deploymentId: rollout.id,
    status: statusOf(rollout),
    previousModuleId: rollout.plan?.previous ?? null,
    rollbackCompletedAt: isoOrNull(rollout.endedAt),
  };
}

export function planView(deploymentId: string, plan: Plan) {
  const shares = plan.waves.map((wave) => requestShare(plan, wave.shares));
  const judged = plan.waves.map((wave) => wave.bakeMs > 0);
  const firstJudged = Math.max(0, judged.indexOf(true));
  return {
    deploymentId,
    previousModuleId: plan.previous,
    targetNodes: plan.targets.map((target) => target.node),
    waves: plan.waves.map((wave, index) => ({
      label: wave.label,
      nodes: [...wave.nodes],
      sharePercentByRegion: wave.shares,
      maxRequestSharePercent: shares[index] ?? 0,
      bake: formatDuration(wave.bakeMs),
      gates: [...wave.gates],
      failureScope: wave.failureScope,
    })),
    duration: formatDuration(plan.waves.reduce((sum, wave) => sum + wave.bakeMs, 0)),
    /** The largest share of requests that a bad build could reach before the first gate has judged it. */
    maxUnprovenSharePercent: shares[firstJudged] ?? 0,
  };
}

/** A region's share bounds what one caller's requests can meet: the largest is the promise. */
function requestShare(plan: Plan, shares: Readonly<Record<string, number>>): number {
  const reached = plan.before.map(({ region, entries }) => {
    const share = shares[region];
    if (share === undefined) return 0;
    return entries.length === 0 ? 100 : share;
  });
  return Math.max(0, ...reached);
}

export function transitionView(transition: Transition) {
  const { sequence, at, actor, from, to, reason, evidence } = transition;
  return { sequence, timestamp: iso(at), actor, from, to, reason, evidence: [...evidence] };
}

export function registeredNodeView(node: EdgeNode) {
  return {
    nodeId: node.id,
    hostname: node.hostname,
    region: node.region,
    status: node.isEnabled ? node.status : ("Unhealthy" as const),
    registeredAt: iso(node.registeredAt),
  };
}

export function nodeView(node: EdgeNode) {
  return {
    ...registeredNodeView(node),
    port: node.port,
    zone: node.zone,
    runtime: node.runtime,
    runtimeVersion: node.runtimeVersion,
    wasiVersion: node.wasiVersion,
    hardware: node.hardware,
    maxModules: node.maxModules,
    isEnabled: node.isEnabled,
  };
}

export function nodeHealthView(health: NodeHealth, now: number) {
  const { lastBeatAt, usage } = health.heartbeat;
  return {
    nodeId: health.node.id,
    status: isHealthy(health, now) ? ("Healthy" as const) : ("Unhealthy" as const),
    modulesLoaded: usage?.modulesLoaded ?? 0,
    cpuUsagePercent: usage?.cpuUsagePercent ?? 0,
    memoryUsageMB: usage?.memoryUsageMB ?? 0,
    diskUsageGB: usage?.diskUsageGB ?? 0,
    gasPerMs: usage?.gasPerMs ?? GAS_PER_MS,
    lastHeartbeat: lastBeatAt === 0 ? null : iso(lastBeatAt),
    uptime: formatDuration(usage === null ? 0 : now - usage.startedAt),
  };
}

export function registeredInterfaceView(given: WasmInterface, now: number) {
  return {
    interfaceId: given.id,
    status: statusAt(given, now),
    registeredAt: iso(given.registeredAt),
  };
}

export function interfaceView(given: WasmInterface, now: number) {
  return {
    ...registeredInterfaceView(given, now),
    namespace: given.namespace,
    name: given.name,
    version: given.version,
    witDefinition: given.witDefinition,
    description: given.description,
    compatibility: given.compatibility,
    registeredBy: given.registeredBy,
    submittedAt: isoOrNull(given.submittedAt),
    decidedAt: isoOrNull(given.decidedAt),
    decidedBy: given.decidedBy,
    decisionReason: given.decisionReason,
  };
}

export function executedView(executed: Executed, now: number) {
  const { returnValue, failure, durationMs, memoryUsedBytes, gasUsed, nodeId, moduleId } = executed;
  const { stdout, stderr, exitCode } = executed;
  return {
    success: failure === null,
    returnValue,
    ...(failure === null ? {} : { error: failure }),
    durationMs,
    memoryUsedBytes,
    gasUsed,
    stdout,
    stderr,
    exitCode,
    executedOn: nodeId,
    moduleId,
    timestamp: iso(now),
  };
}

function binaryPath({ name, version }: Module): string {
  return `s3://wasm-modules/${name}/${version}/module.wasm`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
