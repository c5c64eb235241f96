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
import type { CallPort } from "#domain/port.ts";
import { serveWhole } from "#guest/http/whole.ts";
import { cancel, enter } from "#guest/running.ts";
import { Turns } from "#guest/turns.ts";
// The loader puts the transpiled component beside this module: jco's glue, and its core modules by name.
import { instantiate } from "./component.js";
import { Run } from "./run.ts";
import { Serving } from "./serving.ts";
import type { PortStub } from "./serving.ts";

/** What the isolate was loaded with. */
type GuestEnv = { readonly HOST?: HostCalls };

export default class Component extends WorkerEntrypoint<GuestEnv> {
  /** `port`: what its links lead to for as long as the call lasts. */
  async call(request: GuestCall, port: CallPort | null = null): Promise<GuestAnswer> {
    const input = typeof request.arguments === "string" ? request.arguments : "";
    return (await this.#perform(request, { input: new TextEncoder().encode(input), port })).answer;
  }

  /** As `call`, for whoever is in another isolate. */
  async callBriefly(request: GuestCall, port: CallPort | null = null): Promise<Brief<GuestAnswer>> {
    const answer = await this.call(request, port);
    return brief(answer, lengthOf(answer));
  }

  async serve(
    given: GuestServe,
    request: HttpRequest,
    port: PortStub | null = null,
  ): Promise<GuestServed> {
    if (given.function.style === "command") {
      return serveWhole(given, request, async (call, input) => {
        const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
        const { answer, run } = await this.#perform(call, { input: bytes, port });
        return { answer, output: run.output };
      });
    }
    // It may go on after this has returned, when what was passed along is let go of.
    const held = port?.dup() ?? null;
    return new Serving(given, this.ctx, { host: this.#host, port: held }).serve(request);
  }

  /** As `serve`, for whoever is in another isolate. */
  async serveBriefly(
    given: GuestServe,
    request: HttpRequest,
    port: PortStub | null = null,
  ): Promise<Brief<GuestServed>> {
    return briefResponse(await this.serve(given, request, port));
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
    given: { readonly input: Uint8Array; readonly port: CallPort | null },
  ): Promise<{ answer: GuestAnswer; run: Run }> {
    const turns = new Turns({ slice: request.gas.slice, timeoutMs: request.timeoutMs });
    const leave = enter(request.id, turns);
    const run = new Run(request, turns, { ...given, host: this.#host });
    try {
      return { answer: run.answer(await run.perform(request.arguments), undefined), run };
    } catch (thrown) {
      return { answer: run.answer(null, thrown ?? new Error("nothing")), run };
    } finally {
      leave();
    }
  }
}
