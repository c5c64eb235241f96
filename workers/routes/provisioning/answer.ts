// The shapes of the 003 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { refusals } from "#http/openapi.ts";

const errorAnswer = z
  .object({ success: z.literal(false), error: z.string() })
  .openapi("ErrorOfProvisioning");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request does not fit its schema; error tells each fault.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}
