// The 000 dialect, in the order of its document.
import { Fault } from "#domain/fault.ts";
import { authenticated } from "#http/auth.ts";
import { limited } from "#http/quota.ts";
import { authentication } from "./authentication.ts";
import { deployments } from "./deployments.ts";
import { execution } from "./execute.ts";
import { interfaces } from "./interfaces.ts";
import { modules } from "./modules.ts";
import { nodes } from "./nodes.ts";
import { room } from "./room.ts";
import { errorResponse } from "./view.ts";

export const wasm = room();
wasm.onError(errorResponse);
wasm.route("/authentication", authentication);
wasm.use("/wasm/*", authenticated());
wasm.route("/wasm/modules", modules);
wasm.route("/wasm/deployments", deployments);
wasm.route("/wasm/nodes", nodes);
wasm.route("/wasm/interfaces", interfaces);
wasm.route("/wasm/execute", execution);
wasm.all("/wasm/*", limited("unknown", 300), (c) => {
  throw new Fault(
    "NOT_FOUND",
    `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`,
  );
});
