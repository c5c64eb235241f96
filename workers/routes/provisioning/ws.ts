// /ws: events as they happen, in the document's form.
import { createRoute, z } from "@hono/zod-openapi";
import { EVERY_EVENT } from "#domain/event.ts";
import type { EventFilter } from "#domain/event.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { sinceQuery } from "#http/since.ts";
import { following, joined } from "#http/streaming.ts";
import { refused } from "./answer.ts";
import { room } from "./room.ts";

const GROUPS = { task: ["task.*", "workflow.*"], batch: ["batch.*"] } as const;
const GROUP_NAMES = ["task", "batch", "system"] as const;
type Group = (typeof GROUP_NAMES)[number];

/** `system` is what no other group has. */
function filterOf(wanted: readonly Group[]): EventFilter {
  const typesOf = (isIn: boolean) =>
    Object.entries(GROUPS).flatMap(([name, types]) =>
      wanted.some((group) => group === name) === isIn ? types : [],
    );
  return wanted.includes("system")
    ? { ...EVERY_EVENT, notTypes: typesOf(false) }
    : { ...EVERY_EVENT, types: typesOf(true) };
}

const eventsQuery = z
  .string()
  .transform((text, context): EventFilter => {
    const named = text.split(",").map((name) => name.trim());
    const groups = GROUP_NAMES.filter((group) => named.includes(group));
    const unknown = named.filter((name) => !groups.some((group) => group === name));
    if (unknown.length === 0) return filterOf(groups);
    const message = `expected some of ${GROUP_NAMES.join(", ")}, separated by commas, not ${JSON.stringify(unknown.join(","))}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .optional();

const socket = createRoute({
  method: "get",
  path: "/ws",
  tags: ["Provisioning: events"],
  security: bearer,
  summary: "Follow events over a WebSocket",
  description:
    'The token stands in `token`, in the Authorization header, or in the first message: `{"type":"auth","token":"..."}`. `events` chooses groups; with `since` the stream begins with what was missed. A reader with more than 256 KiB unread is closed with 1013 and a reason that names where to go on.',
  middleware: [limited("provisioning.ws", 100), following()] as const,
  request: {
    query: z.object({
      token: z.string().max(8192).optional(),
      events: eventsQuery,
      since: sinceQuery,
    }),
  },
  responses: {
    101: { description: "The socket is joined; each message is one JSON object." },
    ...refused({ 422: "It isn't asked as a WebSocket.", 503: "All sockets are taken." }),
  },
});

export const ws = room().openapi(socket, async (c) => {
  const { events: filter = EVERY_EVENT, since = { type: "now" } } = c.req.valid("query");
  return joined(c, "events", { form: "provisioning", filter, since });
});
