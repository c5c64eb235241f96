// /api/v1/metrics
import { createRoute } from "@hono/zod-openapi";
import * as control from "#control/node-metrics.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { metricsAnswer, nodeMetricsAnswer, recordedAnswer, refused } from "./answer.ts";
import { room } from "./room.ts";
import { metricBody, metricOf, metricQuery, nodeParam } from "./schema.ts";
import { iso, overviewView, seriesView } from "./view.ts";

const tags = ["Edge: metrics"];
const security = bearer;

const record = createRoute({
  method: "post",
  path: "/nodes/{nodeId}",
  tags,
  security,
  summary: "Record what a node measured",
  description:
    "A node's own token may do this for itself. What is older than seven days is let go of by the next sweep.",
  middleware: [limited("edge.metrics.record", 3000), allowed("metrics:record"), bounded()] as const,
  request: { params: nodeParam, body: jsonBody(metricBody) },
  responses: { 201: answer(recordedAnswer, "It is stored."), ...refused({ 404: "No such node." }) },
});

const ofNode = createRoute({
  method: "get",
  path: "/nodes/{nodeId}",
  tags,
  security,
  summary: "Metrics of a node, averaged by steps; a step without measurements is left out",
  middleware: [limited("edge.metrics.node", 100), allowed("metrics:read")] as const,
  request: { params: nodeParam, query: metricQuery },
  responses: {
    200: answer(nodeMetricsAnswer, "Its series."),
    ...refused({ 404: "No such node." }),
  },
});

const ofAll = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "Metrics over all nodes that measured anything, and of the system at this moment",
  middleware: [limited("edge.metrics.all", 100), allowed("metrics:read")] as const,
  request: { query: metricQuery },
  responses: { 200: answer(metricsAnswer, "Series and averages."), ...refused() },
});

export const metrics = room()
  .openapi(record, async (c) => {
    const now = Date.now();
    const metric = metricOf(c.req.valid("param").nodeId, c.req.valid("json"), now);
    await control.recordNodeMetric(c.env, metric, now);
    return c.json({ success: true as const, recorded_at: iso(metric.at) }, 201);
  })
  .openapi(ofNode, async (c) => {
    const { timeframe, resolution, spanMs, stepMs } = c.req.valid("query");
    const { nodeId } = c.req.valid("param");
    const over = { spanMs, stepMs, now: Date.now() };
    const { node, steps } = await control.nodeMetrics(c.env, nodeId, over);
    const { id: node_id, name: node_name } = node;
    return c.json({ node_id, node_name, timeframe, resolution, metrics: seriesView(steps) }, 200);
  })
  .openapi(ofAll, async (c) => {
    const { timeframe, resolution, spanMs, stepMs } = c.req.valid("query");
    const now = Date.now();
    const overview = await control.allMetrics(c.env, { spanMs, stepMs, now });
    return c.json({ timeframe, resolution, ...overviewView(overview, now) }, 200);
  });
