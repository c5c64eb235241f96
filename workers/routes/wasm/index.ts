// The 000 dialect, in the order of its document.
import { authenticated } from "#http/auth.ts";
import { authentication } from "./authentication.ts";
import { deployments } from "./deployments.ts";
import { execution } from "./execute.ts";
import { interfaces } from "./interfaces.ts";
import { moduleHttp } from "./module-http.ts";
import { modules } from "./modules.ts";
import { nodes } from "./nodes.ts";
import { room } from "./room.ts";
import { errorResponse } from "./view.ts";

export const wasm = room();
wasm.onError(errorResponse);
wasm.route("/authentication", authentication);
wasm.use("/wasm/*", authenticated());
wasm.route("/wasm/modules", modules);
wasm.route("/wasm/modules", moduleHttp);
wasm.route("/wasm/deployments", deployments);
wasm.route("/wasm/nodes", nodes);
wasm.route("/wasm/interfaces", interfaces);
wasm.route("/wasm/execute", execution);
