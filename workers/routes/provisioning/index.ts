// The 003 dialect, in the order of its document.
import { Fault } from "#domain/fault.ts";
import { authenticated } from "#http/auth.ts";
import { limited } from "#http/quota.ts";
import { audit } from "./audit.ts";
import { auth } from "./auth.ts";
import { batch } from "./batch.ts";
import { monitoring } from "./monitoring.ts";
import { policies } from "./policies.ts";
import { rollback } from "./rollback.ts";
import { room } from "./room.ts";
import { settings } from "./settings.ts";
import { state } from "./state.ts";
import { tasks } from "./tasks.ts";
import { users } from "./users.ts";
import { versioned } from "./version.ts";
import { errorResponse } from "./view.ts";
import { webhooks } from "./webhooks.ts";
import { ws } from "./ws.ts";

/** Under these nothing is told to who doesn't say who asks. */
const GUARDED = [
  "/tasks",
  "/workflows",
  "/batch",
  "/state",
  "/rollback",
  "/users",
  "/policies",
  "/audit",
  "/settings",
  "/webhooks",
];
const PATHS = ["/auth", ...GUARDED];

export const provisioning = room();
provisioning.onError(errorResponse);
for (const path of PATHS) provisioning.use(`${path}/*`, versioned());
for (const path of GUARDED) provisioning.use(`${path}/*`, authenticated());
provisioning.route("/", tasks);
provisioning.route("/", batch);
provisioning.route("/", state);
provisioning.route("/", rollback);
provisioning.route("/auth", auth);
provisioning.route("/users", users);
provisioning.route("/policies", policies);
provisioning.route("/audit", audit);
provisioning.route("/", settings);
provisioning.route("/", monitoring);
provisioning.route("/", ws);
provisioning.route("/", webhooks);
// What is under these paths and was not answered is refused in this dialect's words.
for (const path of PATHS) {
  provisioning.all(`${path}/*`, limited("unknown", 300), (c) => {
    const what = `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`;
    throw new Fault("NOT_FOUND", what);
  });
}
