// Readings as young as routing needs them: each is used for one refresh from when its reading began, and no longer.
import { ROUTE_REFRESH_MS } from "./rollout/rollout.ts";

/** Keys whose readings are remembered; the oldest reading goes first. */
const ENTRIES_MAX = 10_000;

export class Recent<Value> {
  readonly #known = new Map<string, { readonly readAt: number; readonly value: Value }>();

  /** Null where there is none, or none young enough. */
  get(key: string, now: number): { readonly value: Value } | null {
    const entry = this.#known.get(key);
    return entry !== undefined && now - entry.readAt < ROUTE_REFRESH_MS ? entry : null;
  }

  /** The age counts from before the reading began: what was written since is not in it. */
  put(key: string, reading: { readonly readAt: number; readonly value: Value }): void {
    this.#known.delete(key);
    this.#known.set(key, reading);
    const [oldest] = this.#known.keys();
    if (this.#known.size > ENTRIES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}
