// The sweep as the leading controller reaches it: a Durable Object enters no use case itself.
import { WorkerEntrypoint } from "cloudflare:workers";
import { sweep } from "./sweep.ts";

export class Sweeper extends WorkerEntrypoint<Env> {
  async sweep(): Promise<void> {
    await sweep(this.env);
  }
}
