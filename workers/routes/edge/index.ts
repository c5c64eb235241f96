// The 001 dialect, in the order of its document.
import { Fault } from "#domain/fault.ts";
import { authenticated } from "#http/auth.ts";
import { limited } from "#http/quota.ts";
import { agents } from "./agents.ts";
import { metrics } from "./metrics.ts";
import { nodes } from "./nodes.ts";
import { room } from "./room.ts";
import { security } from "./security.ts";
import { errorResponse } from "./view.ts";
import { workloads } from "./workloads.ts";

const PATHS = ["/nodes", "/workloads", "/metrics", "/security"];

export const edge = room();
edge.onError(errorResponse);
for (const path of PATHS) edge.use(`${path}/*`, authenticated());
edge.route("/nodes", nodes);
edge.route("/workloads", workloads);
edge.route("/nodes", agents);
edge.route("/metrics", metrics);
edge.route("/security/tokens", security);
// What is under these paths and was not answered is refused in this dialect's words.
for (const path of PATHS) {
  edge.all(`${path}/*`, limited("unknown", 300), (c) => {
    throw new Fault(
      "NOT_FOUND",
      `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`,
    );
  });
}
