// What is told of the configuration, for OpenAPI.
import { z } from "@hono/zod-openapi";

const time = z.string().openapi({ format: "date-time" });
const days = z.int().openapi({ description: "Days." });
const inSeconds = z.number().openapi({ description: "Seconds." });

export const configAnswer = z
  .object({
    version: z.string(),
    controller: z.object({
      host: z.string(),
      port: z.int(),
      workers: z.int().openapi({ description: "Controllers." }),
    }),
    database: z
      .object({ host: z.null(), port: z.null(), name: z.string(), pool_size: z.null() })
      .openapi({ description: "D1, by its binding: it has no address and no pool." }),
    scaling: z.object({
      default_check_interval: inSeconds,
      default_cooldown: inSeconds,
      max_concurrent_scales: z.null().openapi({ description: "Apps are scaled independently." }),
    }),
    health: z.object({
      default_check_interval: inSeconds,
      default_timeout: inSeconds,
      default_failure_threshold: z.int(),
    }),
    retention: z.object({ events_days: days, metrics_days: days, runs_days: days }),
    changeable: z.array(z.string()).openapi({ description: "What PUT takes, by path." }),
    revision: z.int().openapi({ description: "Grows with each change; 0 before the first." }),
    changed_at: time.nullable(),
    changed_by: z.string().nullable(),
  })
  .openapi("Configuration");
