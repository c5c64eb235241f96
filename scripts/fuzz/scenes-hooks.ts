// The scene of webhooks: one that arrives nowhere is there to be changed, and one whose receiver is gone has dead letters.
import { dataOf, field } from "./guide.ts";
import type { Body, Guide } from "./guide.ts";

const W = "/webhooks/{id}";

export async function HOOKS(guide: Guide): Promise<void> {
  const { ask } = guide;
  const body = { url: "https://hooks.example.com/tour", events: ["task.completed"] };
  const made = await ask("POST /webhooks", { body });
  const at = { id: field(dataOf(made), "id") };
  await ask("PUT /webhooks", { body: { webhooks: { endpoints: [body] } } });
  await ask("GET /webhooks");
  await ask(`GET ${W}`, { at });
  await ask(`PUT ${W}`, { at, body: { enabled: false } });
  await ask(`POST ${W}/rotate-secret`, { at, body: {} });
  await ask(`GET ${W}/deliveries`, { at });
  await ask(`DELETE ${W}`, { at });
  await deadLetters(guide);
}

/** Its receiver says that it is gone: that ends what waits and disables the webhook, which is enabled again to replay. */
async function deadLetters({ ask, until, gone }: Guide): Promise<void> {
  const made = await ask("POST /webhooks", { body: { url: gone, events: ["*"] } });
  const at = { id: field(dataOf(made), "id") };
  const isDisabled = (body: Body): boolean => dataOf(body)["enabled"] === false;
  await ask("PUT /api/v1/config", { body: { scaling: { default_cooldown: 181 } } });
  await until(`GET ${W}`, { at }, isDisabled);
  const letters = await ask(`GET ${W}/dead-letters`, { at });
  const [letter = null] = (letters?.["data"] ?? []) as Body[];
  const one = { ...at, deliveryId: field(letter, "id") };
  await ask(`PUT ${W}`, { at, body: { enabled: true } });
  await ask(`POST ${W}/dead-letters/{deliveryId}/replay`, { at: one });
  await until(`GET ${W}`, { at }, isDisabled);
  await ask(`PUT ${W}`, { at, body: { enabled: true } });
  await ask(`POST ${W}/dead-letters/replay`, { at });
  await ask(`DELETE ${W}`, { at });
}
