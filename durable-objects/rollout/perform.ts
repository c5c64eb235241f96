// Performs a rollout's commands against D1 and the runners, and brings their outcomes back as events.
// Every command may come twice: each is idempotent, and runners and routes ignore what an earlier turn sends late.
import { NO_CALLS, addCounters } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import type { Deployment } from "#domain/deployment.ts";
import { assignmentOf } from "#domain/execution.ts";
import type { CallAnswer } from "#domain/execution.ts";
import { Fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { errorOf } from "#domain/health/probe.ts";
import { TRIES, changedMeanwhile, isStale, pauseMs, surrender } from "#domain/rollout/command.ts";
import type { Result } from "#domain/rollout/command.ts";
import type { Command, Event, Rollout, Transition } from "#domain/rollout/rollout.ts";
import { eventOf } from "#domain/rollout/event.ts";
import { versionOf } from "#domain/variant.ts";
import { configured } from "#domain/workload/order.ts";
import { endOf } from "#domain/workload/rollout.ts";
import { database } from "#stores/database.ts";
import { mirrorDeployment } from "#stores/deployments.ts";
import { record } from "#stores/ledger.ts";
import { publish } from "#stores/events.ts";
import { findModule } from "#stores/modules.ts";
import { claimRoutes, releaseRoutes, writeRoutes } from "#stores/routes.ts";
import { latticeOf, runnerOf } from "#stores/objects.ts";
import type { Deadlines } from "#objects/deadline.ts";
import { probe } from "#objects/probe.ts";

/** No command may hold its lane for longer. */
const COMMAND_MS_MAX = 30_000;

export async function perform(
  by: { env: Env; deadlines: Deadlines },
  deployment: Deployment,
  command: Command,
): Promise<Result> {
  const { rollout } = deployment;
  if (isStale(rollout, command)) return "done";
  const work = () => performOnce(by.env, deployment, command);
  const [result, cause] = await attempt(work, by.deadlines);
  if (result !== null) return result;
  console.warn("rollout command failed", rollout.id, command.type, cause);
  return surrender(command, cause instanceof Error ? cause.message : String(cause));
}

async function performOnce(env: Env, deployment: Deployment, command: Command): Promise<Result> {
  const { rollout } = deployment;
  const db = database(env);
  switch (command.type) {
    case "claim":
      return claim(env, rollout, command);
    case "release":
      await releaseRoutes(db, rollout.moduleName, { holder: rollout.id, turn: command.turn });
      return "done";
    case "load":
      return load(env, deployment, command);
    case "restore":
      // A node that refuses it for good has nothing to be waited for.
      await loadOn(env, deployment, command);
      return "done";
    case "check":
      return check(env, rollout, command);
    case "route":
      await writeRoutes(
        db,
        { moduleName: rollout.moduleName, holder: rollout.id, turn: command.turn },
        command.routes,
      );
      return { type: "routed", turn: command.turn, fault: null };
    case "measure":
      return measure(env, rollout, command);
    case "unload": {
      const by = { owner: rollout.id, turn: command.turn };
      await runnerOf(env, command.node).unload(command.moduleId, by);
      return { type: "unloaded", turn: command.turn, node: command.node };
    }
    case "retire": {
      const by = { owner: rollout.id, turn: command.turn };
      await runnerOf(env, command.node).retire(command.moduleId, by, Date.now() + command.graceMs);
      return "done";
    }
    case "record":
      await mirrorDeployment(db, deployment, command.transition);
      return "done";
    case "tell":
      await recordTransition(env, rollout, command.transition);
      await publish(env, eventOf(rollout, command.transition));
      await tellWorkload(env, deployment, command.transition);
      return "done";
  }
}

/** The ledger's entry has the transition's own id: told twice, it stands there once. */
async function recordTransition(
  env: Env,
  { id, candidate }: Rollout,
  transition: Transition,
): Promise<void> {
  const { sequence, at, actor, from, to, reason, evidence } = transition;
  await record(env, {
    id: `${id}/${sequence}`,
    at,
    actor,
    reason,
    action: "deployment:transition",
    resource: `deployments:${id}`,
    result: "success",
    evidence: { module: candidate, from, to, verdicts: evidence },
  });
}

async function tellWorkload(
  env: Env,
  { rollout, workload }: Deployment,
  { to, reason }: Transition,
): Promise<void> {
  const outcome = endOf(to);
  if (workload === undefined || outcome === null) return;
  const told = { workload: workload.id, deployment: rollout.id, outcome, message: reason };
  await latticeOf(env, workload.namespace).rolled(told);
}

async function claim(
  env: Env,
  rollout: Rollout,
  command: Extract<Command, { type: "claim" }>,
): Promise<Event> {
  const { turn, regions } = command;
  const target = { moduleName: rollout.moduleName, regions };
  const claimed = await claimRoutes(database(env), target, { holder: rollout.id, turn });
  if ("heldBy" in claimed) {
    const message = `Deployment ${claimed.heldBy} of ${rollout.moduleName} is active on the same target; one rollout at a time.`;
    return { type: "claimRefused", turn, message };
  }
  const message = changedMeanwhile(rollout, claimed.routes);
  if (message === null) return { type: "claimed", turn };
  await releaseRoutes(database(env), rollout.moduleName, { holder: rollout.id, turn });
  return { type: "claimRefused", turn, message };
}

async function load(
  env: Env,
  deployment: Deployment,
  command: Extract<Command, { type: "load" }>,
): Promise<Event> {
  const { turn, node } = command;
  const fault = await loadOn(env, deployment, command);
  return { type: "loaded", turn, node, fault: fault?.message ?? null };
}

async function loadOn(
  env: Env,
  deployment: Deployment,
  { turn, node, moduleId }: Extract<Command, { type: "load" | "restore" }>,
): Promise<FaultReport | null> {
  const { rollout, before = deployment } = deployment;
  const { environment = {}, grants = [] } = moduleId === rollout.candidate ? deployment : before;
  const version = versionOf(moduleId);
  const module = await findModule(database(env), version);
  if (module === null) throw new Fault("MODULE_NOT_FOUND", `Module ${version} is not registered.`);
  const held = { ...assignmentOf(module), moduleId };
  const assignment = configured(held, { config: environment, grants }, node);
  return runnerOf(env, node).load(assignment, { owner: rollout.id, turn });
}

async function check(
  env: Env,
  rollout: Rollout,
  command: Extract<Command, { type: "check" }>,
): Promise<Event> {
  const { turn, node, delayMs } = command;
  if (delayMs > 0) await scheduler.wait(delayMs);
  const { functionName, timeoutMs, expectedResult, probe: asked } = rollout.health;
  const moduleId = rollout.candidate;
  if (asked !== undefined) {
    const url = `http://${rollout.moduleName}:${asked.port}${asked.path}`;
    const outcome = await probe(env, { node, moduleId }, { url, timeoutMs });
    return { type: "checked", turn, node, fault: errorOf(asked, outcome) };
  }
  const call = { moduleId, functionName, parameters: null, timeoutMs };
  const answer = await runnerOf(env, node).check(call);
  return { type: "checked", turn, node, fault: illness(answer, expectedResult) };
}

/** What is wrong with a health answer; null when it is the expected one, as JSON or as the string itself. */
function illness(answer: CallAnswer, expected: string): string | null {
  switch (answer.type) {
    case "notAssigned":
      return "the version is not loaded";
    case "fault":
      return answer.fault.message;
    case "result": {
      const { failure, returnValue } = answer.result;
      if (failure !== null) return failure.message;
      if (returnValue === expected || returnValue === JSON.stringify(expected)) return null;
      return `expected ${JSON.stringify(expected)}, got ${returnValue ?? "nothing"}`;
    }
  }
}

/** Counters of the candidate and of all it is compared with, summed over the nodes. */
async function measure(
  env: Env,
  rollout: Rollout,
  command: Extract<Command, { type: "measure" }>,
): Promise<Event> {
  const { turn, nodes, stable } = command;
  const readings = await Promise.all(
    nodes.map((node) => runnerOf(env, node).read([rollout.candidate, ...stable])),
  );
  const sum = (ids: readonly string[]): Counters =>
    readings
      .flatMap((reading) => ids.map((id) => reading[id] ?? NO_CALLS))
      .reduce(addCounters, NO_CALLS);
  return {
    type: "measured",
    turn,
    reading: { candidate: sum([rollout.candidate]), stable: sum(stable) },
  };
}

/** Tries a few times, each bounded; the last cause when none worked. */
async function attempt(
  work: () => Promise<Result>,
  deadlines: Deadlines,
): Promise<[Result | null, unknown]> {
  let cause: unknown = null;
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0) await scheduler.wait(pauseMs(tried));
    try {
      const result = await deadlines.within(COMMAND_MS_MAX, work());
      if (result !== "late") return [result, null];
      cause = new Error(`no answer within ${COMMAND_MS_MAX} ms`);
    } catch (thrown) {
      cause = thrown;
      if (thrown instanceof Fault) break;
    }
  }
  return [null, cause];
}
