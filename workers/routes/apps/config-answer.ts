// What is told of the configuration, for OpenAPI.
import { z } from "@hono/zod-openapi";

const time = z.string().openapi({ format: "date-time" });
const days = z.int().openapi({ description: "Days." });
const inSeconds = z.number().openapi({ description: "Seconds." });

export const configAnswer = z
  .object({
    version: z.string(),
    controller: z.object({ workers: z.int().openapi({ description: "Controllers." }) }),
    scaling: z.object({ default_cooldown: inSeconds }),
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
