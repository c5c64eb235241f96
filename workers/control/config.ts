// The configuration as it is read and changed. Whoever acts on it reads it anew; apps are told to, since they look
// seldom.
import { changed } from "#domain/config.ts";
import type { ConfigChange } from "#domain/config.ts";
import { Fault } from "#domain/fault.ts";
import { appOf } from "#stores/app-object.ts";
import { listApps } from "#stores/apps.ts";
import { readConfig, replaceConfig } from "#stores/config.ts";
import type { StoredConfig } from "#stores/config.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";

export async function getConfig(env: Env): Promise<StoredConfig> {
  return readConfig(database(env));
}

export async function changeConfig(
  env: Env,
  change: ConfigChange,
  changedBy: string,
): Promise<StoredConfig> {
  const db = database(env);
  const before = await readConfig(db);
  const changedAt = Date.now();
  const next = { value: changed(before.value, change), version: before.version + 1 };
  if (!(await replaceConfig(db, next, { changedAt, changedBy }))) {
    throw new Fault("CONFLICT", "The configuration was changed meanwhile: read it and try again.");
  }
  await tellApps(env);
  await announce(env, {
    type: "config.changed",
    at: changedAt,
    subject: "config",
    app: null,
    message: `${changedBy} changed the configuration`,
    level: "info",
    data: { version: next.version, previous: before.value, new: next.value },
    key: `config ${next.version}`,
  });
  return { ...next, changedAt, changedBy };
}

/** An app that can't be reached finds it when it looks next. */
async function tellApps(env: Env): Promise<void> {
  const apps = await listApps(database(env), null);
  const told = await Promise.allSettled(apps.map(({ name }) => appOf(env, name).reconfigure()));
  for (const result of told) {
    if (result.status === "rejected") console.warn("an app was not told", result.reason);
  }
}
