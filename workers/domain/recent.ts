// Readings as young as routing needs them: each is used for one refresh from when its reading began, and no longer. Who
// uses one near its end is told that it is time for the next, so that under traffic nobody has to wait for it.
import { ROUTE_REFRESH_MS } from "./rollout/rollout.ts";

/** Keys whose readings are remembered; the oldest reading goes first. */
const ENTRIES_MAX = 10_000;
/** The next reading begins so many times earlier than it takes, and no earlier than that: each costs a query. */
const LEAD = 2;
const LEAD_MS_MIN = 20;
const LEAD_MS_MAX = 250;

type Entry<Value> = { readonly readAt: number; readonly dueAt: number; readonly value: Value };

export class Recent<Value> {
  readonly #known = new Map<string, Entry<Value>>();

  /** Null where there is none, or none young enough. */
  get(key: string, now: number): { readonly value: Value; readonly isDue: boolean } | null {
    const entry = this.#known.get(key);
    if (entry === undefined || !(now - entry.readAt < ROUTE_REFRESH_MS)) return null;
    return { value: entry.value, isDue: now >= entry.dueAt };
  }

  /** The age counts from before the reading began: what was written since is not in it. */
  put(
    key: string,
    { readAt, value }: { readonly readAt: number; readonly value: Value },
    now: number,
  ): void {
    const leadMs = Math.min(LEAD_MS_MAX, Math.max(LEAD_MS_MIN, LEAD * (now - readAt)));
    this.#known.delete(key);
    this.#known.set(key, { readAt, dueAt: readAt + ROUTE_REFRESH_MS - leadMs, value });
    const [oldest] = this.#known.keys();
    if (this.#known.size > ENTRIES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}
