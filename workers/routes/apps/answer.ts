// The shapes of the 002 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { refusals } from "#http/openapi.ts";

const time = z.string().openapi({ format: "date-time" });

const errorAnswer = z
  .object({ error: z.string(), details: z.string(), code: z.string(), timestamp: time })
  .openapi("ErrorOfApps");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request does not fit its schema; details tells each fault.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

const eventAnswer = z
  .object({
    id: z.int(),
    type: z.string(),
    event: z.string(),
    app_name: z.string().nullable(),
    message: z.string(),
    timestamp: time,
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("AppEvent");

export const eventsAnswer = z
  .object({ events: z.array(eventAnswer), total: z.int(), has_more: z.boolean() })
  .openapi("Events");
