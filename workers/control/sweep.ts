// Finds what was dropped: an alarm is retried a few times and then never again, and a registration can be cut off.
import { sweepAttempts } from "./attempt.ts";
import { sweepModels } from "./models.ts";
import { sweepRuns } from "./provisioning/runs.ts";
import { sweepWebhooks } from "./webhooks.ts";
import { DAY_MS } from "#domain/config.ts";
import { resealAuthenticators } from "#stores/authenticators.ts";
import { readConfig } from "#stores/config.ts";
import { database } from "#stores/database.ts";
import { unfinishedDeployments } from "#stores/deployments.ts";
import { deleteEventsBefore } from "#stores/events.ts";
import { deleteMetricsBefore } from "#stores/node-metrics.ts";
import { deleteExpiredTokens } from "#stores/node-tokens.ts";
import { resealSecrets } from "#stores/secrets.ts";
import { deleteExpiredSessions } from "#stores/sessions.ts";
import { unhealthyNodes } from "#stores/nodes.ts";
import { routeHolders } from "#stores/routes.ts";
import { latticeOf, placeRunner, rolloutOf } from "#stores/objects.ts";
import { latticeNames } from "#stores/workloads.ts";

/** More than this waits for the next sweep. */
const SWEPT_MAX = 500;

/**
 * Wakes every lattice, and every rollout that has not ended or still holds a claim; probes every enabled node that is
 * not healthy; lets go of what is past its time. All are harmless.
 */
export async function sweep(env: Env): Promise<void> {
  const db = database(env);
  const [{ value: config }, unfinished, holders, nodes, lattices] = await Promise.all([
    readConfig(db),
    unfinishedDeployments(db, SWEPT_MAX),
    routeHolders(db, SWEPT_MAX),
    unhealthyNodes(db, SWEPT_MAX),
    latticeNames(db),
  ]);
  const now = Date.now();
  const { events, metrics, runs } = config.retention;
  const results = await Promise.allSettled([
    deleteMetricsBefore(db, now - metrics * DAY_MS),
    deleteExpiredTokens(db, now),
    deleteEventsBefore(env, now - events * DAY_MS),
    sweepRuns(env, now, runs * DAY_MS),
    deleteExpiredSessions(db, now),
    sweepAttempts(env, now),
    sweepModels(env),
    sweepWebhooks(env),
    resealAuthenticators(env),
    resealSecrets(env),
    ...[...new Set([...unfinished, ...holders])].map((id) => rolloutOf(env, id).wake()),
    ...lattices.map((name) => latticeOf(env, name).wake()),
    ...nodes.map((node) => placeRunner(env, node).start(node.id, node.maxModules)),
  ]);
  for (const result of results) {
    if (result.status === "rejected") console.error("sweep", result.reason);
  }
}
