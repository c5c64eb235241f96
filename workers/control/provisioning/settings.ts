// Settings documents: kept as they were given once they could be read.
import { Fault } from "#domain/fault.ts";
import type { Effect } from "#domain/provisioning/effect.ts";
import { effectsFor, settingsShape } from "#domain/provisioning/settings.ts";
import type { Settings } from "#domain/provisioning/settings.ts";
import { parseYaml } from "#domain/yaml.ts";
import { database } from "#stores/database.ts";
import * as settings from "#stores/settings.ts";

export async function putSettings(
  env: Env,
  given: { readonly name: string; readonly source: string; readonly mediaType: string },
  by: string,
): Promise<void> {
  parse(given.name, given.source);
  await settings.putSettings(database(env), { ...given, updatedAt: Date.now(), updatedBy: by });
}

export async function getSettings(env: Env, name: string): Promise<settings.SettingsDocument> {
  const document = await settings.findSettings(database(env), name);
  if (document !== null) return document;
  throw new Fault(
    "NOT_FOUND",
    `There is no settings document ${name}: put it at /settings/${name}.`,
  );
}

export async function listSettings(env: Env) {
  return settings.listSettings(database(env));
}

export async function removeSettings(env: Env, name: string): Promise<void> {
  if (await settings.deleteSettings(database(env), name)) return;
  throw new Fault("NOT_FOUND", `There is no settings document ${name}.`);
}

/** What a submission asks of an infra that stands in a stored document. */
export async function effectsOfSettings(
  env: Env,
  name: string,
  asked: Parameters<typeof effectsFor>[1],
): Promise<Effect[]> {
  const document = await getSettings(env, name);
  const found = effectsFor(parse(name, document.source), asked);
  if (!("fault" in found)) return found;
  throw new Fault("VALIDATION_ERROR", "The submission does not fit the settings.", {
    details: [found.fault],
  });
}

/** JSON is a part of YAML. */
function parse(name: string, source: string): Settings {
  const parsed = parseYaml(source);
  if (!parsed.ok) {
    const details = [parsed.fault];
    throw new Fault("VALIDATION_ERROR", `Settings ${name} can't be read.`, { details });
  }
  const shaped = settingsShape.safeParse(parsed.value);
  if (shaped.success) return shaped.data;
  const details = shaped.error.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || name}: ${message}`,
  );
  throw new Fault("VALIDATION_ERROR", `Settings ${name} are not as they should be.`, { details });
}
