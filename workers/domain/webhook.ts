// Endpoints that are told of events, and what becomes of a delivery by what the other side answers.
import { isExactly, isPrivateHost } from "./host.ts";

export type Webhook = {
  readonly id: string;
  readonly url: string;
  /** Types of events, with `*` for any run of characters. */
  readonly events: readonly string[];
  readonly description: string;
  readonly secret: string;
  /** After a rotation the one before signs too, until then. */
  readonly previous: { readonly secret: string; readonly until: number } | null;
  readonly enabled: boolean;
  /** Why it is not enabled, where nobody asked for that. */
  readonly disabledReason: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export const DELIVERY_STATUSES = ["pending", "delivered", "dead"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type Delivery = {
  /** The `webhook-id` of all its attempts: the receiver knows a second one by it. */
  readonly id: string;
  readonly eventId: number;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly createdAt: number;
  /** Of the first attempt, from which the day counts; null before it. */
  readonly firstAt: number | null;
  /** Of the next attempt; null when there is none. */
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
  readonly answer: string | null;
};

/** What came of one attempt. */
export type Attempt =
  | { readonly type: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly type: "failed"; readonly why: string };

type Progress = Pick<Delivery, "attempts" | "firstAt">;

export type Verdict = Pick<
  Delivery,
  "status" | "attempts" | "firstAt" | "dueAt" | "finishedAt" | "answer"
> & {
  /** The receiver said that there is nobody any more. */
  readonly isGone: boolean;
};

export const RETRIED_FOR_MS = 24 * 3_600_000;
const FIRST_DELAY_MS = 5_000;
const DELAY_FACTOR = 3;
const DELAY_MS_MAX = 4 * 3_600_000;
/** Delays differ by as much, so that what failed together does not return together. */
const JITTER = 0.2;
const GONE = 410;

/** `chance` is from 0 to 1. The last attempt is a day after the first, whatever the delays come to. */
export function judge(
  { attempts: before, firstAt: begun }: Progress,
  attempt: Attempt,
  { now, chance }: { readonly now: number; readonly chance: number },
): Verdict {
  const attempts = before + 1;
  const firstAt = begun ?? now;
  const answer = answerOf(attempt);
  const ended = { attempts, firstAt, answer, dueAt: null, finishedAt: now };
  const status = attempt.type === "answered" ? attempt.status : null;
  if (status !== null && status >= 200 && status < 300) {
    return { ...ended, status: "delivered", isGone: false };
  }
  const end = firstAt + RETRIED_FOR_MS;
  const isGone = status === GONE;
  if (isGone || now >= end) return { ...ended, status: "dead", isGone };
  const asked = attempt.type === "answered" ? (attempt.retryAfterMs ?? 0) : 0;
  const dueAt = Math.min(end, now + Math.max(asked, delayAfter(attempts, chance)));
  return { attempts, firstAt, answer, status: "pending", dueAt, finishedAt: null, isGone };
}

function delayAfter(attempts: number, chance: number): number {
  const delay = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * DELAY_FACTOR ** (attempts - 1));
  return Math.round(delay * (1 - JITTER / 2 + JITTER * chance));
}

function answerOf(attempt: Attempt): string {
  if (attempt.type === "failed") return attempt.why;
  const { status } = attempt;
  return status >= 300 && status < 400
    ? `HTTP ${status}: redirects are not followed`
    : `HTTP ${status}`;
}

/** Seconds or a date, as HTTP has it. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Why nothing is sent there; null when it may be. `allowed` are entries of WEBHOOK_ALLOWED_HOSTS. */
export function webhookRefusal(text: string, allowed: readonly string[]): string | null {
  if (!URL.canParse(text)) return "expected a URL, such as https://your-system.com/webhook";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return `expected https, not ${url.protocol}`;
  if (url.username !== "" || url.password !== "")
    return "expected a URL without a user name or a password";
  if (allowed.some((entry) => isExactly(entry, url))) return null;
  if (isPrivateHost(url.hostname)) {
    return `${url.host} is not on the public internet, and WEBHOOK_ALLOWED_HOSTS does not name it`;
  }
  if (url.protocol === "https:") return null;
  return `expected https, unless WEBHOOK_ALLOWED_HOSTS names ${url.origin}`;
}

/** Entries between commas or blanks. */
export function allowedHosts(list: string): string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== "");
}

/** How long the secret before signs beside its successor. */
const ROTATION_MS = 24 * 3_600_000;

export function rotated(webhook: Webhook, secret: string, now: number): Webhook {
  const previous = { secret: webhook.secret, until: now + ROTATION_MS };
  return { ...webhook, secret, previous, updatedAt: now };
}

/** The secrets that sign now, the current one first. */
export function signers(
  { secret, previous }: Webhook,
  now: number,
): readonly [string, ...string[]] {
  return previous !== null && previous.until > now ? [secret, previous.secret] : [secret];
}
