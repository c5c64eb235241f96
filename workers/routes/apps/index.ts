// The 002 dialect. Streams stand first: their tokens may come another way than in a header.
import { config } from "./config.ts";
import { events } from "./events.ts";
import { room } from "./room.ts";
import { errorResponse } from "./view.ts";

export const apps = room();
apps.onError(errorResponse);
apps.route("/", events);
apps.route("/", config);
