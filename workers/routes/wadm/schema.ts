// What the 004 document's requests carry, wire → domain. Every body may be left out.
import { z } from "@hono/zod-openapi";
import { Fault } from "#domain/fault.ts";
import type { ManifestFormat } from "#domain/oam/parse.ts";
import { sentences } from "#http/validation.ts";

export const versionBody = z
  .object({ version: z.string().nullish() })
  .openapi("WadmVersion", { description: "Left out, or `latest`: the newest that is stored." });

export const deleteBody = z
  .object({
    version: z.string().nullish(),
    delete_all: z.boolean().nullish(),
    non_destructive: z.boolean().nullish(),
  })
  .openapi("WadmDelete", {
    description: "Without a version all of them go. Not destructive: what runs goes on, unmanaged.",
  });

export const undeployBody = z
  .object({ non_destructive: z.boolean().nullish() })
  .openapi("WadmUndeploy", { description: "Not destructive: what runs goes on, unmanaged." });

/** An empty text stands for an empty object. */
export function readBody<Body>(schema: z.ZodType<Body>, text: string): Body {
  const parsed = schema.safeParse(text.trim() === "" ? {} : json(text));
  if (parsed.success) return parsed.data;
  const details = sentences(parsed.error.issues);
  throw new Fault("VALIDATION_ERROR", "The request does not fit:", { details });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `The request is no JSON: ${cause instanceof Error ? cause.message : ""}`;
    throw new Fault("VALIDATION_ERROR", message, { cause });
  }
}

/** What a Content-Type says of a manifest; null where it says nothing that is known. */
export function formatOf(contentType: string | undefined): ManifestFormat {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase();
  if (mediaType === "application/json") return "json";
  return mediaType === "application/yaml" || mediaType === "application/x-yaml" ? "yaml" : null;
}
