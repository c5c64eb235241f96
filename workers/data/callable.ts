// What is known here of apps and components that can be called, up to a second old; what is not there yet is waited for.
import { parseEndpointKey } from "#domain/endpoint-key.ts";
import { Fault } from "#domain/fault.ts";
import { appOf } from "#stores/app-object.ts";
import { database } from "#stores/database.ts";
import { appSnapshot } from "#stores/ingress.ts";
import type { AppSnapshot } from "#stores/ingress.ts";
import { Remembered } from "./remembered.ts";

/** A request waits so long for a first instance, which is looked for so often. */
const WAIT_MS = 10_000;
const LOOK_MS = 200;

const apps = new Remembered((env, app) => appSnapshot(database(env), app));

/** As it is now; null when it is gone. */
export function refresh(env: Env, name: string): Promise<AppSnapshot | null> {
  return apps.refresh(env, name);
}

/** The app once an instance of it can be called. From zero the request waits for the first one, bounded. */
export async function callable(env: Env, name: string, by: "http" | "calls"): Promise<AppSnapshot> {
  const until = Date.now() + WAIT_MS;
  let app = await apps.get(env, name);
  let isAsked = false;
  for (;;) {
    if (app === null) throw new Fault("APP_NOT_FOUND", `There is no app ${name} that was started.`);
    if (by === "http" && !app.workload.isHttp) {
      throw new Fault("APP_NOT_FOUND", `${name} answers no HTTP.`);
    }
    if (app.workload.isStopped) throw new Fault("UNAVAILABLE", `App ${name} is stopped.`);
    if (app.routes.length > 0) return app;
    if (app.isHopeless || Date.now() >= until) {
      const reason = app.trouble ?? `none was ready within ${WAIT_MS / 1000} s`;
      const message = `App ${name} has no instance that can be called: ${reason}.`;
      throw new Fault("UNAVAILABLE", message, { retryAfterSeconds: 5 });
    }
    // Only apps are started when they are asked for.
    if (!isAsked && parseEndpointKey(name).type === "app") await appOf(env, name).demand();
    isAsked = true;
    await scheduler.wait(LOOK_MS);
    app = await apps.refresh(env, name);
  }
}
