// Webhooks and deliveries on the wire. A secret is told once, to who made or rotated it.
import { z } from "@hono/zod-openapi";
import { DELIVERY_STATUSES } from "#domain/webhook.ts";
import type { Delivery, Webhook } from "#domain/webhook.ts";
import { time } from "./answer.ts";
import { iso } from "./view.ts";

export const webhookAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    previous_secret_until: time.nullable(),
    created_at: time,
    updated_at: time,
  })
  .openapi("ProvisioningWebhook");

export const webhookSecretAnswer = webhookAnswer
  .extend({ secret: z.string() })
  .openapi("ProvisioningWebhookWithSecret");

export const deliveryAnswer = z
  .object({
    id: z.string(),
    event_id: z.int(),
    event: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    last_answer: z.string().nullable(),
    created_at: time,
    next_attempt_at: time.nullable(),
    finished_at: time.nullable(),
  })
  .openapi("ProvisioningDelivery");

export function webhookView(webhook: Webhook): z.infer<typeof webhookAnswer> {
  const { id, url, description, enabled, disabledReason, previous, createdAt, updatedAt } = webhook;
  return {
    id,
    url,
    events: [...webhook.events],
    description,
    enabled,
    disabled_reason: disabledReason,
    previous_secret_until: iso(previous?.until ?? null),
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}

export function webhookSecretView(webhook: Webhook): z.infer<typeof webhookSecretAnswer> {
  return { ...webhookView(webhook), secret: webhook.secret };
}

export function deliveryView(delivery: Delivery): z.infer<typeof deliveryAnswer> {
  const { id, eventId, type, status, attempts, answer, createdAt, dueAt, finishedAt } = delivery;
  return {
    id,
    event_id: eventId,
    event: type,
    status,
    attempts,
    last_answer: answer,
    created_at: iso(createdAt),
    next_attempt_at: iso(dueAt),
    finished_at: iso(finishedAt),
  };
}
