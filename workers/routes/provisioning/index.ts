// The 003 dialect, in the order of its document.
import { room } from "./room.ts";
import { errorResponse } from "./view.ts";
import { ws } from "./ws.ts";

export const provisioning = room();
provisioning.onError(errorResponse);
provisioning.route("/", ws);
