// One controller: it ticks, asks for the lease, and sweeps while it leads. All that it decides is decided by `step`.
import { DurableObject } from "cloudflare:workers";
import type { ControllerName } from "#domain/cluster.ts";
import { TIMING, newMember, step } from "#domain/election/member.ts";
import type { Member, MemberCommand, MemberEvent, Timing } from "#domain/election/member.ts";
import { askLease } from "#stores/cluster.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";

export class ControllerObject extends DurableObject<Env> {
  #isAwake = false;
  #sweeping: Promise<void> | null = null;

  /** Takes part from now on. Doing it again is harmless: it brings back what was lost with a process. */
  async start(name: ControllerName, timing: Timing = TIMING): Promise<void> {
    const { kv } = this.ctx.storage;
    kv.put("name", name);
    kv.put("timing", timing);
    if (kv.get<Member>("member") === undefined) kv.put("member", newMember(name.id));
    if (!this.#isAwake || (await this.ctx.storage.getAlarm()) === null) await this.#tick();
  }

  /** Takes part no more. What it leads runs out by itself. */
  async stop(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    this.ctx.storage.kv.delete("name");
    this.ctx.storage.kv.delete("member");
  }

  override async alarm(): Promise<void> {
    await this.#tick();
  }

  async #tick(): Promise<void> {
    if (this.#name() === null) return;
    // Set before anything can fail: a tick that fails is followed by the next one.
    await this.ctx.storage.setAlarm(Date.now() + this.#timing().tickMs);
    if (!this.#isAwake) await this.#handle({ type: "woken" });
    this.#isAwake = true;
    await this.#handle({ type: "tick" });
  }

  async #handle(event: MemberEvent): Promise<void> {
    const member = this.ctx.storage.kv.get<Member>("member");
    const name = this.#name();
    if (member === undefined || name === null) return;
    const timing = this.#timing();
    const [next, commands] = step(member, event, { now: Date.now(), timing });
    this.ctx.storage.kv.put("member", next);
    for (const command of commands) await this.#perform(command, next, name);
  }

  async #perform(command: MemberCommand, member: Member, name: ControllerName): Promise<void> {
    switch (command.type) {
      case "ask": {
        const { ask, sentAt } = command;
        const { region } = name;
        const { state } = member;
        const { lease, remainingMs } = await askLease(database(this.env), ask, { region, state });
        return this.#handle({ type: "answered", lease, remainingMs, sentAt });
      }
      case "announce":
        return announce(this.env, {
          type: "cluster.leader_elected",
          at: Date.now(),
          subject: `controllers/${member.id}`,
          app: null,
          message: `${member.id} leads term ${command.term}`,
          level: "info",
          data: { leader_id: member.id, term: command.term, region: name.region },
          key: `cluster ${command.term}`,
        });
      case "sweep":
        this.#sweeping ??= this.#sweep().finally(() => {
          this.#sweeping = null;
        });
        this.ctx.waitUntil(this.#sweeping);
    }
  }

  /** Beside the ticks: a sweep that takes longer than the lease must not cost the lead. */
  async #sweep(): Promise<void> {
    try {
      await this.ctx.exports.Sweeper.sweep();
      await this.#handle({ type: "swept" });
    } catch (cause) {
      console.error("sweep", cause);
    }
  }

  #name(): ControllerName | null {
    return this.ctx.storage.kv.get<ControllerName>("name") ?? null;
  }

  #timing(): Timing {
    return this.ctx.storage.kv.get<Timing>("timing") ?? TIMING;
  }
}
