// The 004 dialect. Its own transport is NATS, which its clients speak over a WebSocket at / and /nats.
import { Fault } from "#domain/fault.ts";
import { manifestJsonSchema } from "#domain/oam/schema.ts";
import { authenticated } from "#http/auth.ts";
import type { Context as HonoContext } from "hono";
import type { Context } from "#http/context.ts";
import { limited, spend } from "#http/quota.ts";
import { natsOf } from "#stores/objects.ts";
import { models } from "./models.ts";
import { secrets } from "./secrets.ts";
import { room } from "./room.ts";
import { errorResponse } from "./view.ts";

/** One token of a subject. */
const LATTICE = /^[\w-]{1,63}$/;
const DEFAULT_LATTICE = "default";
/** Each may try a token, and be refused. */
const CONNECTIONS_PER_MINUTE = 600;

export const wadm = room();
wadm.onError(errorResponse);

wadm.get("/", async (c, next) =>
  isUpgrade(c.req.header("Upgrade")) ? connect(c, DEFAULT_LATTICE) : next(),
);
wadm.get("/nats/:lattice?", (c) => {
  const lattice = c.req.param("lattice") ?? DEFAULT_LATTICE;
  if (!LATTICE.test(lattice)) {
    throw new Fault(
      "VALIDATION_ERROR",
      `A lattice is named by up to 63 letters, digits, _ and -, not ${lattice}.`,
    );
  }
  if (!isUpgrade(c.req.header("Upgrade"))) {
    throw new Fault(
      "UPGRADE_REQUIRED",
      "NATS is spoken here over a WebSocket: send `Upgrade: websocket`.",
    );
  }
  return connect(c, lattice);
});

// What a manifest may look like is no secret: editors read it without a token.
wadm.get("/schemas/oam.json", limited("schemas", 300), (c) =>
  c.json(manifestJsonSchema(), 200, { "Content-Type": "application/schema+json" }),
);

wadm.use("/wadm/*", authenticated());
wadm.route("/", models);
wadm.route("/", secrets);
wadm.all("/wadm/*", limited("unknown", 300), (c) => {
  const message = `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`;
  return c.json({ result: "error", message }, 404);
});

async function connect(c: HonoContext<Context>, lattice: string): Promise<Response> {
  await spend(c, "nats", CONNECTIONS_PER_MINUTE);
  return natsOf(c.env, lattice).fetch(c.req.raw);
}

function isUpgrade(header: string | undefined): boolean {
  return header?.toLowerCase() === "websocket";
}
