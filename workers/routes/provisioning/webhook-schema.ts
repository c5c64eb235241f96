// Wire → domain for /webhooks: JSON, or YAML or TOML of the same shape.
import { z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import type { NewWebhook } from "#control/webhooks.ts";
import { TYPE_LENGTH_MAX, TYPE_PATTERN } from "#domain/event.ts";
import { Fault } from "#domain/fault.ts";
import { DELIVERY_STATUSES } from "#domain/webhook.ts";
import { parseToml } from "#domain/toml.ts";
import { parseYaml } from "#domain/yaml.ts";
import type { Context } from "#http/context.ts";
import { textOf } from "#http/body.ts";
import { sentences } from "#http/validation.ts";
import { pageQuery } from "./page.ts";

const url = z.url().max(2048).openapi({ example: "https://your-system.com/webhook" });
const events = z
  .array(
    z
      .string()
      .max(TYPE_LENGTH_MAX)
      .regex(TYPE_PATTERN, "expected a type such as task.* or task.failed"),
  )
  .min(1, "expected at least one type of event; * is all of them")
  .max(50)
  .openapi({ example: ["task.completed", "task.failed", "batch.completed"] });
const secret = z
  .string()
  .min(8)
  .max(256)
  .refine((given) => !given.startsWith("whsec_") || isBase64(given.slice(6)), {
    message: "expected base64 after whsec_",
  })
  .openapi({ example: "webhook-secret" });
const description = z.string().max(500);

const endpoint = z.strictObject({
  url,
  events,
  secret: secret.optional(),
  description: description.default(""),
  enabled: z.boolean().default(true),
});

export const webhookBody = endpoint.transform(newWebhook);

export const webhookChangeBody = z
  .strictObject({ url, events, description, enabled: z.boolean() })
  .partial()
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    message: "expected at least one of url, events, description, enabled",
  });

export const rotationBody = z.strictObject({ secret: secret.optional() });

/** The document's configuration. `enabled: false` keeps the endpoints and tells none of them anything. */
export const configurationBody = z
  .strictObject({
    webhooks: z.strictObject({
      enabled: z.boolean().default(true),
      endpoints: z
        .array(endpoint)
        .refine((given) => new Set(given.map(({ url }) => url)).size === given.length, {
          message: "expected each url once",
        }),
    }),
  })
  .transform(({ webhooks }) =>
    webhooks.endpoints.map((given) => ({
      ...newWebhook(given),
      enabled: given.enabled && webhooks.enabled,
    })),
  );

export const deliveryQuery = z.object({
  status: z.enum(DELIVERY_STATUSES).optional(),
  ...pageQuery,
});
export const deadLetterQuery = z.object(pageQuery);

/** JSON is a part of YAML, so that one parser reads both, whatever the Content-Type says; TOML is called so. */
export async function parsed<Schema extends z.ZodType>(
  c: HonoContext<Context>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await textOf(c);
  const read = text.trim() === "" ? { ok: true as const, value: {} } : parserOf(c)(text);
  if (!read.ok) throw new Fault("VALIDATION_ERROR", `The body can't be read: ${read.fault}.`);
  const shaped = schema.safeParse(read.value);
  if (shaped.success) return shaped.data;
  const details = sentences(shaped.error.issues);
  throw new Fault("VALIDATION_ERROR", "The body does not fit.", { details });
}

function parserOf(c: HonoContext<Context>) {
  return /^application\/toml\b/i.test(c.req.header("Content-Type") ?? "") ? parseToml : parseYaml;
}

function newWebhook({ secret, ...given }: z.output<typeof endpoint>): NewWebhook {
  return { ...given, secret: secret ?? null };
}

function isBase64(text: string): boolean {
  return text !== "" && /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text);
}
