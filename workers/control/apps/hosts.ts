// The hosts that an app is reached by: those that its spec names, where the installation serves them and no other app has
// them.
import { HOSTS_ANNOTATION, hostsOf, isAppHost } from "#domain/app/hosts.ts";
import type { AppSpec } from "#domain/app/spec.ts";
import { Fault } from "#domain/fault.ts";
import { setHosts } from "#stores/app-hosts.ts";
import { database } from "#stores/database.ts";
import { invalidSpec } from "./workload.ts";

export function assertHosts({ APP_HOSTS }: Env, spec: AppSpec): void {
  const refused = hostsOf(spec).filter((host) => !isAppHost(APP_HOSTS, host));
  if (refused.length === 0) return;
  const allowed = APP_HOSTS === "" ? "none" : APP_HOSTS;
  throw invalidSpec([
    `metadata.annotations.${HOSTS_ANNOTATION}: expected hosts that APP_HOSTS allows, which are ${allowed}, not ${refused.join(", ")}`,
  ]);
}

export async function claimHosts(env: Env, spec: AppSpec): Promise<void> {
  const taken = await setHosts(database(env), spec.name, hostsOf(spec));
  if (taken === null) return;
  const message = `Host ${taken.host} is that of application '${taken.app}'.`;
  throw new Fault("CONFLICT", message);
}
