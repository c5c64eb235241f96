// /api/v1/apps/{app_name}: metrics, events and logs.
import { createRoute, z } from "@hono/zod-openapi";
import * as apps from "#control/apps/apps.ts";
import { figures, measured } from "#domain/app/figures.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { appEvent, logLine } from "#domain/event/frame.ts";
import { allowed } from "#http/auth.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limitedByAddress } from "#http/quota.ts";
import { sinceQuery } from "#http/since.ts";
import { following, isAdmitted, joined } from "#http/streaming.ts";
import { queryEvents } from "#stores/events.ts";
import { appEventsAnswer, logsAnswer, metricsAnswer, missing, refused } from "./answer.ts";
import { typeQuery } from "./event-query.ts";
import { room } from "./room.ts";
import { appParam, flag, metricsQuery } from "./schema.ts";
import { iso } from "./view.ts";

/** "Per IP: 1000 requests per hour. Burst limit: 100 requests per minute." */
export const BUDGETS = { perHour: 1_000, perMinute: 100 };

const tags = ["Apps: monitoring"];
const security = bearer;

const metrics = createRoute({
  method: "get",
  path: "/{app_name}/metrics",
  tags,
  security,
  summary: "What an app's replicas measure now, and measured before, one look for each interval",
  middleware: [allowed("app:read")] as const,
  request: { params: appParam, query: metricsQuery },
  responses: { 200: answer(metricsAnswer, "The metrics, newest first."), ...refused(missing) },
});

const events = createRoute({
  method: "get",
  path: "/{app_name}/events",
  tags,
  security,
  summary: "What happened to an app, the newest first",
  middleware: [allowed("app:read")] as const,
  request: {
    params: appParam,
    query: z.strictObject({
      type: typeQuery,
      since: sinceQuery,
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: answer(appEventsAnswer, "Events of the last 30 days."), ...refused(missing) },
});

const logs = createRoute({
  method: "get",
  path: "/{app_name}/logs",
  tags,
  security,
  summary: "What an app's containers said, the newest first; with `follow` over a WebSocket",
  middleware: [limitedByAddress("apps", BUDGETS), following()] as const,
  request: {
    params: appParam,
    query: z.strictObject({
      container: z.string().max(128).optional(),
      tail: z.coerce.number().int().min(1).max(2_000).default(100),
      since: sinceQuery,
      follow: flag.optional().openapi({ type: "boolean" }),
      token: z.string().max(8192).optional(),
    }),
  },
  responses: {
    101: { description: "The socket is joined; each message is one line." },
    200: answer(logsAnswer, "Lines; the last 2,000 of an app are kept."),
    ...refused(missing),
  },
});

export const monitoring = room()
  .openapi(metrics, async (c) => {
    const { app_name } = c.req.valid("param");
    const { current, history } = await apps.appMetrics(c.env, app_name, c.req.valid("query"));
    const points = history.map((point) => ({ timestamp: iso(point.at), ...measured(point) }));
    const timestamp = iso(Date.now());
    return c.json({ app_name, timestamp, current: figures(current), history: points }, 200);
  })
  .openapi(events, async (c) => {
    const { app_name } = c.req.valid("param");
    await apps.getApp(c.env, app_name);
    const { type = EVERY_EVENT, since = null, limit, offset } = c.req.valid("query");
    const query = { filter: { ...type, app: app_name }, since, limit, offset };
    const { events, total, hasMore } = await queryEvents(c.env, query);
    return c.json({ app_name, events: events.map(appEvent), total, has_more: hasMore }, 200);
  });

/** Its token may come another way than in a header, so it stands before what asks for one. */
export const logging = room().openapi(logs, async (c) => {
  const { app_name } = c.req.valid("param");
  const { container: subject = null, since, tail, follow = false } = c.req.valid("query");
  const filter = { ...EVERY_EVENT, subject };
  const topic = `logs:${app_name}` as const;
  if (!follow || isAdmitted(c)) await apps.getApp(c.env, app_name);
  if (follow) return joined(c, topic, { form: "logs", filter, since: since ?? { type: "now" } });
  const query = { filter, since: since ?? null, limit: tail };
  const { events, total, hasMore } = await queryEvents(c.env, query, topic);
  const lines = events.map(logLine);
  return c.json({ app_name, logs: lines, total_lines: total, has_more: hasMore }, 200);
});
