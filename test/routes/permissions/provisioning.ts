// The 003 operations.
import { ADMIN, EVERYBODY, MAKERS, UNDOERS } from "./row.ts";
import type { Row } from "./row.ts";

export const provisioning: readonly Row[] = [
  ["GET /tasks", "task:read", "tasks:*", EVERYBODY],
  ["GET /tasks/{id}", "task:read", "tasks:{id}", EVERYBODY],
  ["POST /tasks/{id}/cancel", "task:cancel", "tasks:{id}", UNDOERS],
  ["POST /workflows/servers/create", "server:provision", "servers:*", ADMIN],
  ["POST /workflows/taskserv/create", "taskserv:provision", "taskservs:{body.taskserv}", MAKERS],
  ["POST /workflows/cluster/create", "cluster:provision", "clusters:{body.cluster_type}", ADMIN],
  ["POST /batch/execute", "batch:execute", "batches:{body.name}", ADMIN],
  ["GET /batch/operations", "batch:read", "batches:*", EVERYBODY],
  ["GET /batch/operations/{id}", "batch:read", "batches:{id}", EVERYBODY],
  ["POST /batch/operations/{id}/cancel", "batch:cancel", "batches:{id}", UNDOERS],
  ["GET /metrics", "metrics:read", "metrics:*", EVERYBODY],
  ["GET /state/workflows/{id}/progress", "state:read", "state:{id}", EVERYBODY],
  ["GET /state/workflows/{id}/snapshots", "state:read", "state:{id}", EVERYBODY],
  ["GET /state/system/metrics", "state:read", "state:*", EVERYBODY],
  ["GET /state/system/health", "state:read", "state:*", EVERYBODY],
  ["GET /state/statistics", "state:read", "state:*", EVERYBODY],
  ["POST /rollback/checkpoints", "checkpoint:create", "checkpoints:*", UNDOERS],
  ["GET /rollback/checkpoints", "checkpoint:read", "checkpoints:*", EVERYBODY],
  ["GET /rollback/checkpoints/{id}", "checkpoint:read", "checkpoints:{id}", EVERYBODY],
  ["DELETE /rollback/checkpoints/{id}", "checkpoint:delete", "checkpoints:{id}", ADMIN],
  ["POST /rollback/execute", "rollback:execute", "rollbacks:*", ADMIN],
  ["POST /rollback/restore/{id}", "rollback:execute", "checkpoints:{id}", ADMIN],
  ["GET /rollback/statistics", "checkpoint:read", "checkpoints:*", EVERYBODY],
  ["GET /settings", "settings:read", "settings:*", EVERYBODY],
  ["GET /settings/{name}", "settings:read", "settings:{name}", EVERYBODY],
  ["PUT /settings/{name}", "settings:change", "settings:{name}", ADMIN],
  ["DELETE /settings/{name}", "settings:change", "settings:{name}", ADMIN],
  ["GET /ws", "event:read", "events:*", EVERYBODY],
];
