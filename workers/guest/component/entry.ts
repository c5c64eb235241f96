// The entry of a component's isolate. It keeps nothing between calls and holds no secret, no network and no binding but
// the one that its links grant.
import { WorkerEntrypoint } from "cloudflare:workers";
import { brief } from "#domain/brief.ts";
import type { Brief } from "#domain/brief.ts";
import { lengthOf } from "#domain/execution.ts";
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import { briefResponse } from "#domain/http.ts";
import type { GuestServe, GuestServed, HttpRequest } from "#domain/http.ts";
import type { HostCalls } from "#domain/link.ts";
import { serveWhole } from "#guest/http/whole.ts";
import { cancel, enter } from "#guest/running.ts";
import { Turns } from "#guest/turns.ts";
// The loader puts the transpiled component beside this module: jco's glue, and its core modules by name.
import { instantiate } from "./component.js";
import { Run } from "./run.ts";
import { Serving } from "./serving.ts";

/** What the isolate was loaded with. */
type GuestEnv = { readonly HOST?: HostCalls };

export default class Component extends WorkerEntrypoint<GuestEnv> {
  async call(request: GuestCall): Promise<GuestAnswer> {
    const input = typeof request.arguments === "string" ? request.arguments : "";
    return (await this.#perform(request, new TextEncoder().encode(input))).answer;
  }

  /** As `call`, for whoever is in another isolate. */
  async callBriefly(request: GuestCall): Promise<Brief<GuestAnswer>> {
    const answer = await this.call(request);
    return brief(answer, lengthOf(answer));
  }

  async serve(given: GuestServe, request: HttpRequest): Promise<GuestServed> {
    if (given.function.style === "command") {
      return serveWhole(given, request, async (call, input) => {
        const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
        const { answer, run } = await this.#perform(call, bytes);
        return { answer, output: run.output };
      });
    }
    return new Serving(given, this.ctx, this.#host).serve(request);
  }

  /** As `serve`, for whoever is in another isolate. */
  async serveBriefly(given: GuestServe, request: HttpRequest): Promise<Brief<GuestServed>> {
    return briefResponse(await this.serve(given, request));
  }

  cancel(id: string): void {
    cancel(id);
  }

  /** Nothing is done: that this answers shows that the component compiles and its isolate starts. */
  ready(): boolean {
    return typeof instantiate === "function";
  }

  get #host(): HostCalls | null {
    return this.env.HOST ?? null;
  }

  async #perform(
    request: GuestCall,
    input: Uint8Array,
  ): Promise<{ answer: GuestAnswer; run: Run }> {
    const turns = new Turns({ slice: request.gas.slice, timeoutMs: request.timeoutMs });
    const leave = enter(request.id, turns);
    const run = new Run(request, turns, { input, host: this.#host });
    try {
      return { answer: run.answer(await run.perform(request.arguments), undefined), run };
    } catch (thrown) {
      return { answer: run.answer(null, thrown ?? new Error("nothing")), run };
    } finally {
      leave();
    }
  }
}
