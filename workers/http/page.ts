import { z } from "@hono/zod-openapi";

/** `limit` and `offset` as lists take them. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).default(0),
};
