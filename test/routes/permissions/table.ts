// The table of permissions, complete against /openapi.json: a new operation gets its line in its dialect's file,
// or, when anybody may ask without a token, in OPEN. A new dialect gets a file.
import { apps } from "./apps.ts";
import { edge } from "./edge.ts";
import { provisioning } from "./provisioning.ts";
import type { Row } from "./row.ts";
import { wadm } from "./wadm.ts";
import { wasm } from "./wasm.ts";

export const ROWS: readonly Row[] = [...wasm, ...edge, ...apps, ...provisioning, ...wadm];

export const OPEN = [
  "GET /health",
  "GET /api/v1/health",
  "GET /.well-known/jwks.json",
  "POST /api/v1/authentication/login",
  "POST /auth/login",
  "POST /auth/refresh",
  ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => `${method} /run/{app}/{path}`),
];
