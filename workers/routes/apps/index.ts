// The 002 dialect, in the order of its document. Streams stand first: their tokens may come another way than in a header.
import { Fault } from "#domain/fault.ts";
import { authenticated } from "#http/auth.ts";
import { limitedByAddress } from "#http/quota.ts";
import { config } from "./config.ts";
import { errorResponse } from "./error.ts";
import { events } from "./events.ts";
import { information } from "./information.ts";
import { lifecycle } from "./lifecycle.ts";
import { BUDGETS, logging, monitoring } from "./monitoring.ts";
import { room } from "./room.ts";
import { scaling } from "./scaling.ts";

export const apps = room();
apps.onError(errorResponse);
apps.route("/", events);
apps.route("/", config);
apps.route("/apps", logging);
apps.use("/apps/*", limitedByAddress("apps", BUDGETS), authenticated());
for (const part of [lifecycle, information, monitoring, scaling]) apps.route("/apps", part);
// What is under this path and was not answered is refused in this dialect's words.
apps.all("/apps/*", (c) => {
  const message = `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`;
  throw new Fault("NOT_FOUND", message);
});
