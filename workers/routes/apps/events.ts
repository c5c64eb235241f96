// /api/v1/events, and the three streams: of what happens, of what an app says, and of what it measures.
import { createRoute, z } from "@hono/zod-openapi";
import { getApp, watchApp } from "#control/apps/apps.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { appEvent } from "#domain/event/frame.ts";
import { allowed, authenticated } from "#http/auth.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { sinceQuery } from "#http/since.ts";
import { following, isAdmitted, joined } from "#http/streaming.ts";
import { queryEvents } from "#stores/events.ts";
import { eventsAnswer, missing, refused } from "./answer.ts";
import { typeQuery } from "./event-query.ts";
import { room } from "./room.ts";

const tags = ["Apps: events and streams"];
const security = bearer;
const upgraded = { 101: { description: "The socket is joined; each message is one JSON object." } };
const TOKEN_TOLD =
  'The token stands in the Authorization header, in `token`, or in the first message: `{"type":"auth","token":"..."}`. ';
const SLOW_TOLD =
  "A reader with more than 256 KiB unread is closed with 1013 and a reason that names where to go on.";

const token = z.string().max(8192).optional();
const APP = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;
const params = z.object({ app: z.string().regex(APP, "expected the name of an app") });

const list = createRoute({
  method: "get",
  path: "/events",
  tags,
  security,
  summary: "List events, the newest first",
  middleware: [authenticated(), limited("apps.events", 100), allowed("event:read")] as const,
  request: {
    query: z.object({
      type: typeQuery,
      app: z.string().max(128).optional(),
      subject: z.string().max(256).optional(),
      since: sinceQuery,
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: answer(eventsAnswer, "Events of the last 30 days."), ...refused() },
});

const stream = createRoute({
  method: "get",
  path: "/events/stream",
  tags,
  security,
  summary: "Follow events over a WebSocket",
  description: `${TOKEN_TOLD}With \`since\` the stream begins with what was missed. ${SLOW_TOLD}`,
  middleware: [limited("apps.streams", 100), following()] as const,
  request: {
    query: z.object({
      token,
      type: typeQuery,
      app: z.string().max(128).optional(),
      subject: z.string().max(256).optional(),
      since: sinceQuery,
    }),
  },
  responses: { ...upgraded, ...refused({ 503: "All sockets are taken." }) },
});

const logs = createRoute({
  method: "get",
  path: "/apps/{app}/logs/stream",
  tags,
  security,
  summary: "Follow what an app's instances say over a WebSocket",
  description: `${TOKEN_TOLD}${SLOW_TOLD}`,
  middleware: [limited("apps.streams", 100), following()] as const,
  request: {
    params,
    query: z.object({ token, container: z.string().max(128).optional(), since: sinceQuery }),
  },
  responses: { ...upgraded, ...refused({ ...missing, 503: "All sockets are taken." }) },
});

const metrics = createRoute({
  method: "get",
  path: "/apps/{app}/metrics/stream",
  tags,
  security,
  summary: "Follow what an app measures over a WebSocket",
  description: `${TOKEN_TOLD}A look is sent every 5 s while somebody follows. ${SLOW_TOLD}`,
  middleware: [limited("apps.streams", 100), following()] as const,
  request: { params, query: z.object({ token, since: sinceQuery }) },
  responses: { ...upgraded, ...refused({ ...missing, 503: "All sockets are taken." }) },
});

const now = { type: "now" } as const;

export const events = room()
  .openapi(list, async (c) => {
    const { type = EVERY_EVENT, app = null, subject = null, ...page } = c.req.valid("query");
    const { since = null, limit, offset } = page;
    const query = { filter: { ...type, app, subject }, since, limit, offset };
    const found = await queryEvents(c.env, query);
    const { total, hasMore } = found;
    return c.json({ events: found.events.map(appEvent), total, has_more: hasMore }, 200);
  })
  .openapi(stream, async (c) => {
    const { type = EVERY_EVENT, app = null, subject = null, since = now } = c.req.valid("query");
    return joined(c, "events", { form: "apps", filter: { ...type, app, subject }, since });
  })
  .openapi(logs, async (c) => {
    const { container: subject = null, since = now } = c.req.valid("query");
    const { app } = c.req.valid("param");
    if (isAdmitted(c)) await getApp(c.env, app);
    const filter = { ...EVERY_EVENT, subject };
    return joined(c, `logs:${app}`, { form: "logs", filter, since });
  })
  .openapi(metrics, async (c) => {
    const { since = now } = c.req.valid("query");
    const { app } = c.req.valid("param");
    if (isAdmitted(c)) await getApp(c.env, app);
    const wanted = { form: "metrics", filter: EVERY_EVENT, since } as const;
    const response = await joined(c, `metrics:${app}`, wanted);
    await watchApp(c.env, app);
    return response;
  });
