// The 001 operations.
import { ADMIN, CALLERS, EVERYBODY, MAKERS, STEERERS, UNDOERS } from "./row.ts";
import type { Row } from "./row.ts";

export const edge: readonly Row[] = [
  ["POST /api/v1/nodes", "node:register", "nodes:*", ADMIN],
  ["GET /api/v1/nodes", "node:read", "nodes:*", EVERYBODY],
  ["GET /api/v1/nodes/{nodeId}", "node:read", "nodes:{nodeId}", EVERYBODY],
  ["PUT /api/v1/nodes/{nodeId}", "node:change", "nodes:{nodeId}", ADMIN],
  ["DELETE /api/v1/nodes/{nodeId}", "node:change", "nodes:{nodeId}", ADMIN],
  ["PUT /api/v1/nodes/{nodeId}/status", "node:beat", "nodes:{nodeId}", UNDOERS],
  ["POST /api/v1/workloads", "workload:create", "workloads:*", MAKERS],
  ["GET /api/v1/workloads", "workload:read", "workloads:*", EVERYBODY],
  ["GET /api/v1/workloads/{workloadId}", "workload:read", "workloads:{workloadId}", EVERYBODY],
  ["PUT /api/v1/workloads/{workloadId}", "workload:change", "workloads:{workloadId}", STEERERS],
  ["DELETE /api/v1/workloads/{workloadId}", "workload:delete", "workloads:{workloadId}", MAKERS],
  [
    "POST /api/v1/workloads/{workloadId}/deploy",
    "workload:deploy",
    "workloads:{workloadId}",
    MAKERS,
  ],
  ["GET /api/v1/nodes/{nodeId}/attach", "node:attach", "nodes:{nodeId}", []],
  ["GET /api/v1/nodes/{nodeId}/artifacts/{moduleId}", "node:fetch", "nodes:{nodeId}", []],
  ["GET /api/v1/nodes/{nodeId}/harness/{entry}", "node:fetch", "nodes:{nodeId}", []],
  ["POST /api/v1/metrics/nodes/{nodeId}", "metrics:record", "metrics:{nodeId}", UNDOERS],
  ["GET /api/v1/metrics/nodes/{nodeId}", "metrics:read", "metrics:{nodeId}", EVERYBODY],
  ["GET /api/v1/metrics", "metrics:read", "metrics:*", EVERYBODY],
  ["POST /api/v1/security/tokens", "token:manage", "tokens:*", ADMIN],
  ["POST /api/v1/security/tokens/validate", "token:validate", "tokens:*", CALLERS],
  ["POST /api/v1/security/tokens/revoke", "token:manage", "tokens:*", ADMIN],
];
