// The `healthCheck` of a spec: how its replicas are probed.
import { z } from "zod";
import { DEFAULT_PROBE, FAILURES_MAX } from "#domain/health/probe.ts";
import type { AppSpec } from "./spec.ts";

export const portNumber = z.int().min(1).max(65_535);
/** At most a day. */
export const seconds = (least: number) => z.int().min(least).max(86_400);
const statusCode = z.int().min(100).max(599);
export const healthCheck = z.strictObject({
  path: z
    .string()
    .max(2048)
    .regex(/^\/\S*$/, "expected a path that begins with a slash")
    .default("/health"),
  port: portNumber.optional(),
  protocol: z
    .literal("HTTP", "expected HTTP: nothing here answers a probe by TCP alone")
    .default("HTTP"),
  periodSeconds: seconds(1).default(30),
  timeoutSeconds: seconds(1).default(5),
  initialDelaySeconds: seconds(0).default(30),
  failureThreshold: z.int().min(1).max(FAILURES_MAX).default(3),
  successThreshold: z.int().min(1).max(100).default(1),
  expectedStatusCodes: z.array(statusCode).min(1).max(64).default([200]),
});

/** Without a port of its own it is the default probe's. */
export function probeOf(given: z.infer<typeof healthCheck>): AppSpec["health"] {
  const { path, protocol, failureThreshold, successThreshold, expectedStatusCodes } = given;
  return {
    path,
    port: DEFAULT_PROBE.port,
    protocol,
    periodMs: 1000 * given.periodSeconds,
    timeoutMs: 1000 * given.timeoutSeconds,
    graceMs: 1000 * given.initialDelaySeconds,
    failureThreshold,
    successThreshold,
    expectedStatusCodes,
  };
}
