// The 002 operations.
import { ADMIN, EVERYBODY, MAKERS, STEERERS } from "./row.ts";
import type { Row } from "./row.ts";

export const apps: readonly Row[] = [
  ["GET /api/v1/events", "event:read", "events:*", EVERYBODY],
  ["GET /api/v1/events/stream", "event:read", "events:*", EVERYBODY],
  ["GET /api/v1/apps/{app}/logs/stream", "event:read", "events:{app}", EVERYBODY],
  ["GET /api/v1/apps/{app}/metrics/stream", "event:read", "events:{app}", EVERYBODY],
  ["GET /api/v1/config", "config:read", "config:*", EVERYBODY],
  ["PUT /api/v1/config", "config:change", "config:*", ADMIN],
  ["GET /cluster/status", "cluster:read", "cluster:*", EVERYBODY],
  ["GET /cluster/leader", "cluster:read", "cluster:*", EVERYBODY],
  ["GET /cluster/health", "cluster:read", "cluster:*", EVERYBODY],
  ["POST /api/v1/apps/register", "app:register", "apps:*", MAKERS],
  ["GET /api/v1/apps", "app:read", "apps:*", EVERYBODY],
  ["GET /api/v1/apps/{app_name}", "app:read", "apps:{app_name}", EVERYBODY],
  ["DELETE /api/v1/apps/{app_name}", "app:remove", "apps:{app_name}", MAKERS],
  ["GET /api/v1/apps/{app_name}/spec", "app:read", "apps:{app_name}", EVERYBODY],
  ["PUT /api/v1/apps/{app_name}/spec", "app:change", "apps:{app_name}", MAKERS],
  ["POST /api/v1/apps/{app_name}/start", "app:operate", "apps:{app_name}", STEERERS],
  ["POST /api/v1/apps/{app_name}/stop", "app:operate", "apps:{app_name}", STEERERS],
  ["POST /api/v1/apps/{app_name}/scale", "app:operate", "apps:{app_name}", STEERERS],
  ["GET /api/v1/apps/{app_name}/metrics", "app:read", "apps:{app_name}", EVERYBODY],
  ["GET /api/v1/apps/{app_name}/events", "app:read", "apps:{app_name}", EVERYBODY],
  ["GET /api/v1/apps/{app_name}/logs", "event:read", "events:{app_name}", EVERYBODY],
  ["GET /api/v1/apps/{app_name}/scaling", "app:read", "apps:{app_name}", EVERYBODY],
  ["PUT /api/v1/apps/{app_name}/scaling", "app:operate", "apps:{app_name}", STEERERS],
  ["GET /api/v1/apps/{app_name}/health", "app:read", "apps:{app_name}", EVERYBODY],
  ["POST /api/v1/apps/{app_name}/health/check", "app:operate", "apps:{app_name}", STEERERS],
];
