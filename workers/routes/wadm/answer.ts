// The shapes of the 004 document's answers, for its OpenAPI description.
import { z } from "@hono/zod-openapi";
import { refusals } from "#http/openapi.ts";

const errorAnswer = z
  .object({ result: z.enum(["error", "notfound"]), message: z.string() })
  .openapi("ErrorOfWadm");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request, or the manifest, does not fit; message tells each fault with its path.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

export const putAnswer = z
  .object({
    result: z.enum(["created", "newversion"]),
    total_versions: z.int(),
    current_version: z.string(),
    message: z.string(),
    name: z.string(),
  })
  .openapi("WadmPut");

export const listAnswer = z.array(
  z
    .object({
      name: z.string(),
      version: z.string(),
      description: z.string().nullable(),
      deployed_version: z.string().nullable(),
      status: z.string(),
    })
    .openapi("WadmModel"),
);

export const getAnswer = z
  .object({
    result: z.literal("success"),
    message: z.string(),
    manifest: z.record(z.string(), z.unknown()),
  })
  .openapi("WadmGet");

export const versionsAnswer = z.array(z.object({ version: z.string(), deployed: z.boolean() }));

export const deleteAnswer = z
  .object({
    result: z.enum(["deleted", "noop"]),
    undeploy: z.boolean(),
    message: z.string(),
  })
  .openapi("WadmDeleted");

export const acknowledgedAnswer = z
  .object({ result: z.literal("acknowledged"), message: z.string() })
  .openapi("WadmAcknowledged");

const standing = z
  .object({
    type: z.enum(["failed", "undeployed", "waiting", "reconciling", "unhealthy", "deployed"]),
    message: z.string(),
  })
  .openapi("WadmStanding");
const part = z.object({ name: z.string(), type: z.string(), status: standing });
const components = z.array(part.extend({ traits: z.array(part) }));

export const statusAnswer = z
  .object({
    result: z.literal("ok"),
    message: z.string(),
    version: z.string(),
    components,
    status: standing.extend({
      version: z.string(),
      status: standing,
      components,
      scalers: z.array(
        z.object({ id: z.string(), kind: z.string(), name: z.string(), status: standing }),
      ),
    }),
  })
  .openapi("WadmStatus");
