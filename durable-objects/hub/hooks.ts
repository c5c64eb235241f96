// Webhooks that want some of a hub's events: each is woken, and reads them itself. A call that is lost is the sweep's.
import { isOfType } from "#domain/event.ts";
import { webhookOf } from "#stores/objects.ts";

export type Hook = { readonly id: string; readonly events: readonly string[] };

const KEY = "hooks";

export class Hooks {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  #hooks: readonly Hook[];

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    this.#hooks = ctx.storage.kv.get<readonly Hook[]>(KEY) ?? [];
  }

  set(hooks: readonly Hook[]): void {
    this.#ctx.storage.kv.put(KEY, hooks);
    this.#hooks = hooks;
  }

  wake(types: readonly string[]): void {
    for (const { id, events } of this.#hooks) {
      if (!types.some((type) => isOfType(events, type))) continue;
      const woken = webhookOf(this.#env, id).wake();
      this.#ctx.waitUntil(woken.catch((cause: unknown) => console.warn("a webhook sleeps", cause)));
    }
  }
}
