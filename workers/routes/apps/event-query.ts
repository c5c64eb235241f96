// How this dialect asks for events: by a kind of the document, or by types of ours.
import { z } from "@hono/zod-openapi";
import { EVERY_EVENT, TYPE_LENGTH_MAX, TYPE_PATTERN } from "#domain/event.ts";
import type { EventFilter } from "#domain/event.ts";
import { EVENT_KINDS, kindFilter } from "#domain/event/frame.ts";

const TYPES_MAX = 20;

/** `scaling`, `health`, `config`, `error`; or types with stars, separated by commas: `deployment.*,task.failed`. */
export const typeQuery = z
  .string()
  .transform((text, context): EventFilter => {
    const kind = EVENT_KINDS.find((name) => name === text);
    if (kind !== undefined) return kindFilter(kind);
    const types = text.split(",");
    const areTypes = types.every(
      (type) => TYPE_PATTERN.test(type) && type.length <= TYPE_LENGTH_MAX,
    );
    if (areTypes && types.length <= TYPES_MAX) return { ...EVERY_EVENT, types };
    const message = `expected one of ${EVENT_KINDS.join(", ")}, or up to ${TYPES_MAX} types such as deployment.*`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .optional();
