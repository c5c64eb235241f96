import { z } from "@hono/zod-openapi";
import { parseSince } from "#domain/event/subscription.ts";

/** `since` as lists and streams take it: a span back from now, an ISO time, or the id of the last event that was seen. */
export const sinceQuery = z
  .string()
  .transform((text, context) => {
    const since = parseSince(text, Date.now());
    if (since !== null) return since;
    const message = "expected a span such as 1h, an ISO time, or an event's id";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .optional();
