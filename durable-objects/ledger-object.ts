// The audit chain: one object, one writer, append only, so that each entry carries the hash of the one before.
// An entry is acknowledged when it is stored here; D1 gets it at least once, as soon as it answers.
import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { GENESIS, firstBreak, seal } from "#domain/ledger.ts";
import type { Break, LedgerEntry, Link, Tip } from "#domain/ledger.ts";
import { mirrorLinks } from "#stores/ledger.ts";

/** Links that go to D1 in one batch. */
const MIRRORED_AT_ONCE = 50;
const MIRROR_AGAIN_MS = 2_000;

export type Checked = {
  /** The last link that is sound: where the next page begins. */
  readonly tip: Tip;
  readonly broken: Break | null;
  readonly isWhole: boolean;
};

export class LedgerObject extends DurableObject<Env> {
  #mirroring: Promise<void> | null = null;
  /** The last link that D1 has. It is stored by the alarm alone: what was lost with the memory is sent again. */
  #mirrored: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "create table if not exists links (sequence integer primary key, id text not null unique, body text not null, hash text not null)",
    );
    this.#mirrored = ctx.storage.kv.get<number>("mirrored") ?? 0;
  }

  /** Appends the entry, unless one of its id is there. It is durable when this returns. */
  async append(entry: LedgerEntry): Promise<void> {
    const { storage } = this.ctx;
    if (!this.#has(entry.id)) {
      const { sequence, id, body, hash } = seal(entry, this.#tip(), sha256);
      // One write with the tip: a chain that was cut off at its end doesn't reach it any more.
      storage.sql.exec("insert into links values (?, ?, ?, ?)", sequence, id, body, hash);
      storage.kv.put<Tip>("tip", { sequence, hash });
    }
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + MIRROR_AGAIN_MS);
    this.ctx.waitUntil(this.mirror().catch((cause: unknown) => console.warn("mirror", cause)));
  }

  /** Answers once everything that was appended before is in D1. */
  async mirror(): Promise<void> {
    while (this.#unmirrored(1).length > 0) {
      this.#mirroring ??= this.#mirrorAll().finally(() => {
        this.#mirroring = null;
      });
      await this.#mirroring;
    }
  }

  /** Looks at a page of the chain, from the link after `tip` on. */
  verify(tip: Tip, pageMax: number): Checked {
    const links = this.#links(tip.sequence, pageMax);
    const broken = firstBreak(links, tip, sha256);
    if (broken !== null) return { tip, broken, isWhole: false };
    const last = links.at(-1) ?? tip;
    if (links.length === pageMax)
      return { tip: { sequence: last.sequence, hash: last.hash }, broken: null, isWhole: false };
    const end = this.#tip();
    if (end.sequence === last.sequence && end.hash === last.hash)
      return { tip: end, broken: null, isWhole: true };
    const reason = `the chain ends here, but entry ${end.sequence} was its last`;
    return { tip, broken: { sequence: last.sequence + 1, reason }, isWhole: false };
  }

  /** What D1 did not take is sent again. */
  override async alarm(): Promise<void> {
    try {
      await this.mirror();
      this.ctx.storage.kv.put("mirrored", this.#mirrored);
    } catch (cause) {
      console.warn("mirror", cause);
      await this.ctx.storage.setAlarm(Date.now() + MIRROR_AGAIN_MS);
    }
  }

  async #mirrorAll(): Promise<void> {
    for (;;) {
      const links = this.#unmirrored(MIRRORED_AT_ONCE);
      const last = links.at(-1);
      if (last === undefined) return;
      await mirrorLinks(this.env, links);
      this.#mirrored = last.sequence;
    }
  }

  #unmirrored(limit: number): Link[] {
    return this.#links(this.#mirrored, limit);
  }

  #links(after: number, limit: number): Link[] {
    return this.ctx.storage.sql
      .exec<Link>("select * from links where sequence > ? order by sequence limit ?", after, limit)
      .toArray();
  }

  #has(id: string): boolean {
    return this.ctx.storage.sql.exec("select 1 from links where id = ?", id).toArray().length > 0;
  }

  #tip(): Tip {
    return this.ctx.storage.kv.get<Tip>("tip") ?? GENESIS;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
