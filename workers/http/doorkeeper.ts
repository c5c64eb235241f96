// Lets a reader in that says who it is over its socket: the hub that holds the socket reaches this through the platform.
import { WorkerEntrypoint } from "cloudflare:workers";
import { admit } from "#control/streams.ts";
import { Fault } from "#domain/fault.ts";
import type { Admission } from "#domain/event/subscription.ts";

export class Doorkeeper extends WorkerEntrypoint<Env> {
  /** Who it is, or why it may not read. */
  async admit(token: string): Promise<Admission | string> {
    try {
      return await admit(this.env, token, Date.now());
    } catch (thrown) {
      if (thrown instanceof Fault) return thrown.message;
      throw thrown;
    }
  }
}
