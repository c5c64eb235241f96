// The 002 operations.
import { ADMIN, EVERYBODY } from "./row.ts";
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
];
