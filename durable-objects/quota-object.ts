// One principal's rate budgets. Isolates lease tokens from it in batches, so that it is asked rarely and the limit
// is never exceeded. Windows are stored with each lease: an eviction forgets nothing.
import { DurableObject } from "cloudflare:workers";
import { QUOTA_WINDOW_MS, endOf, lease } from "#domain/quota.ts";
import type { Budget, Lease, QuotaWindow } from "#domain/quota.ts";

export class QuotaObject extends DurableObject<Env> {
  /** Leases tokens of a bucket, as many as are good for the caller. */
  async lease(bucket: string, budget: Budget): Promise<Lease> {
    const { kv } = this.ctx.storage;
    const now = Date.now();
    const [window, leased] = lease(kv.get<QuotaWindow>(bucket) ?? null, budget, now);
    kv.put(bucket, window);
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(now + 2 * QUOTA_WINDOW_MS);
    }
    return leased;
  }

  /** Once all windows are over there is nothing to remember. */
  override async alarm(): Promise<void> {
    const { kv } = this.ctx.storage;
    const now = Date.now();
    let live = 0;
    for (const [bucket, window] of kv.list<QuotaWindow>()) {
      if (now >= endOf(window)) kv.delete(bucket);
      else live += 1;
    }
    if (live > 0) await this.ctx.storage.setAlarm(now + 2 * QUOTA_WINDOW_MS);
  }
}
