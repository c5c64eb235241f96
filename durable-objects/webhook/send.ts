// One attempt at one delivery. What answers is believed in nothing but its status: its body is not read, where it sends
// to is not followed, and it has so long and no longer.
import { retryAfterMs, webhookRefusal } from "#domain/webhook.ts";
import type { Attempt } from "#domain/webhook.ts";
import type { Signed } from "./signature.ts";

type Rules = { readonly allowed: readonly string[]; readonly timeoutMs: number };

export async function send(
  url: string,
  { body, headers }: Signed,
  { allowed, timeoutMs }: Rules,
): Promise<Attempt> {
  // Looked at before every attempt: the list may have changed since the endpoint was configured.
  const refusal = webhookRefusal(url, allowed);
  if (refusal !== null) return { type: "failed", why: refusal };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "User-Agent": "edgeloom-webhooks" },
      body,
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    const after = retryAfterMs(response.headers.get("Retry-After"), Date.now());
    return { type: "answered", status: response.status, retryAfterMs: after };
  } catch (cause) {
    if (signal.aborted) return { type: "failed", why: `no answer within ${timeoutMs} ms` };
    const why = cause instanceof Error ? cause.message : String(cause);
    return { type: "failed", why: `could not be reached: ${why}`.slice(0, 500) };
  }
}
