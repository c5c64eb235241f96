// The 003 operations.
import { EVERYBODY } from "./row.ts";
import type { Row } from "./row.ts";

export const provisioning: readonly Row[] = [["GET /ws", "event:read", "events:*", EVERYBODY]];
