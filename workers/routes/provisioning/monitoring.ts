// /metrics, as Prometheus reads it.
import { createRoute, z } from "@hono/zod-openapi";
import { prometheusMetrics } from "#control/prometheus.ts";
import { PROMETHEUS_TYPE } from "#domain/prometheus.ts";
import { allowed, authenticated } from "#http/auth.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { refused } from "./answer.ts";
import { room } from "./room.ts";

const metrics = createRoute({
  method: "get",
  path: "/metrics",
  tags: ["Provisioning: monitoring"],
  security: bearer,
  summary: "Counts and measurements in Prometheus' text form",
  description: "Prometheus sends the token by `authorization.credentials` of its scrape config.",
  middleware: [
    authenticated(),
    limited("provisioning.metrics", 100),
    allowed("metrics:read", "metrics:*"),
  ] as const,
  responses: {
    200: { description: "All families.", content: { "text/plain": { schema: z.string() } } },
    ...refused(),
  },
});

export const monitoring = room().openapi(metrics, async (c) => {
  const text = await prometheusMetrics(c.env, Date.now());
  return c.text(text, 200, { "Content-Type": PROMETHEUS_TYPE });
});
