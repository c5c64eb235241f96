// Modules' routes as this isolate knows them.
import { database } from "#stores/database.ts";
import { routeSnapshot } from "#stores/routes.ts";
import type { RouteSnapshot } from "#stores/routes.ts";
import { Remembered } from "./remembered.ts";

const routes = new Remembered((env, moduleName) => routeSnapshot(database(env), moduleName));

export function routeOf(env: Env, moduleName: string): Promise<RouteSnapshot> {
  return routes.get(env, moduleName);
}

export function refreshRoute(env: Env, moduleName: string): Promise<RouteSnapshot> {
  return routes.refresh(env, moduleName);
}
