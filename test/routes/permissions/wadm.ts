// The 004 operations over HTTP.
import { EVERYBODY, MAKERS, STEERERS } from "./row.ts";
import type { Row } from "./row.ts";

const SECRETS = "/wadm/api/{lattice}/secrets";
const MODEL = "/wadm/api/{lattice}/model";

export const wadm: readonly Row[] = [
  [`POST ${MODEL}/put`, "model:put", "models:*", MAKERS],
  ...["GET", "POST"].flatMap((method): readonly Row[] => [
    [`${method} ${MODEL}/list`, "model:read", "models:*", EVERYBODY],
    [`${method} ${MODEL}/get`, "model:read", "models:*", EVERYBODY],
    [`${method} ${MODEL}/get/{name}`, "model:read", "models:{name}", EVERYBODY],
    [`${method} ${MODEL}/versions/{name}`, "model:read", "models:{name}", EVERYBODY],
    [`${method} ${MODEL}/status/{name}`, "model:read", "models:{name}", EVERYBODY],
  ]),
  [`POST ${MODEL}/del/{name}`, "model:delete", "models:{name}", MAKERS],
  [`POST ${MODEL}/deploy/{name}`, "model:deploy", "models:{name}", STEERERS],
  [`POST ${MODEL}/undeploy/{name}`, "model:deploy", "models:{name}", STEERERS],
  [`GET ${SECRETS}`, "secret:read", "secrets:*", [...STEERERS, "Auditor"]],
  [`PUT ${SECRETS}/{name}`, "secret:change", "secrets:{name}", MAKERS],
  [`DELETE ${SECRETS}/{name}`, "secret:change", "secrets:{name}", MAKERS],
];
