// One request through a component's wasi:http/incoming-handler. The response is told as soon as the guest sets it; what
// the guest writes after that streams, for as long as its gas and its deadline last.
import { incomingRequestCreate, responseOutparamCreate } from "edgeloom:http";
import type { Outcome } from "edgeloom:http";
import type { GuestAnswer } from "#domain/execution.ts";
import type { GuestServe, GuestServed, HttpRequest, HttpResponse } from "#domain/http.ts";
import type { HostCalls } from "#domain/link.ts";
import type { CallPort } from "#domain/port.ts";
import { enter } from "#guest/running.ts";
import { Turns } from "#guest/turns.ts";
import type { OutgoingBody } from "./outgoing-body.ts";
import { Run, functionOf } from "./run.ts";
import type { Exported } from "./run.ts";

/** A handler that never waits is over within so many turns of the microtask queue after it has set its response. */
const TURNS = 50;
const HANDLER = /^wasi:http\/incoming-handler(?:@|$)/;

/** As it comes from another isolate. */
export type PortStub = CallPort & Disposable & { dup(): PortStub };

export class Serving {
  readonly #context: ExecutionContext;
  readonly #run: Run;
  readonly #leave: () => void;
  #outcome: Outcome | null = null;
  #answer: GuestAnswer | null = null;

  constructor(
    given: GuestServe,
    context: ExecutionContext,
    ways: { readonly host: HostCalls | null; readonly port: PortStub | null },
  ) {
    const turns = new Turns({ slice: given.gas.slice, timeoutMs: given.timeoutMs });
    this.#context = context;
    const leave = enter(given.id, turns);
    this.#leave = () => {
      leave();
      ways.port?.[Symbol.dispose]();
    };
    this.#run = new Run(given, turns, { input: new Uint8Array(), ...ways });
  }

  async serve(request: HttpRequest): Promise<GuestServed> {
    let exports: Exported;
    try {
      exports = await this.#run.exports();
    } catch (thrown) {
      this.#leave();
      return { type: "failed", answer: this.#run.answer(null, thrown ?? new Error("nothing")) };
    }
    const [parameter, set] = responseOutparamCreate();
    const outcome = set.then((outcome) => (this.#outcome = outcome));
    const ended = this.#handle(exports, request, parameter);
    for (let turn = 0; turn < TURNS && this.#answer === null; turn += 1) await Promise.resolve();
    if (this.#answer !== null) return this.#whole(this.#answer);
    await Promise.race([outcome, ended]);
    return this.#streaming(ended);
  }

  /** Never fails: what is thrown is in the answer. */
  async #handle(exports: Exported, request: HttpRequest, parameter: unknown): Promise<GuestAnswer> {
    const incoming = incomingRequestCreate({
      method: request.method,
      url: request.url,
      headers: new Headers(request.headers.map(([name, value]) => [name, value])),
      body: request.body,
    });
    try {
      const name = Object.keys(exports).find((name) => HANDLER.test(name));
      await functionOf(exports, `${name ?? "wasi:http/incoming-handler"}#handle`)(
        incoming,
        parameter,
      );
      this.#answer = this.#run.answer(null, undefined);
    } catch (thrown) {
      this.#answer = this.#run.answer(null, thrown ?? new Error("nothing"));
    } finally {
      this.#leave();
    }
    return this.#answer;
  }

  #whole(answer: GuestAnswer): GuestServed {
    const outcome = this.#outcome;
    if (answer.failure !== null) return { type: "failed", answer };
    if (outcome === null) return failed(answer, "The handler ended without a response.");
    if (isError(outcome)) return failed(answer, errorText(outcome));
    const { body } = outcome;
    if (body !== null && !body.isFinished) {
      return failed(answer, "The handler ended without finishing the body of its response.");
    }
    return {
      type: "whole",
      response: headOf(outcome, body === null ? null : body.whole()),
      answer,
    };
  }

  async #streaming(over: Promise<GuestAnswer>): Promise<GuestServed> {
    const outcome = this.#outcome;
    if (outcome === null) return this.#whole(await over);
    if (isError(outcome)) return failed(await over, errorText(outcome));
    const { body } = outcome;
    const ended = over.then((answer) => left(answer, body));
    this.#context.waitUntil(ended);
    return {
      type: "streaming",
      response: headOf(outcome, body?.stream() ?? null),
      ended: () => ended,
    };
  }
}

/** A body that the guest left off fails where it is read. */
function left(answer: GuestAnswer, body: OutgoingBody | null): GuestAnswer {
  if (body === null || body.isFinished) return answer;
  const told = answer.failure?.message ?? "The guest ended without finishing its body.";
  body.fail(new Error(told));
  if (answer.failure !== null) return answer;
  return { ...answer, failure: { code: "GUEST_RESPONSE", message: told } };
}

type Set = Exclude<Outcome, { readonly tag: string }>;

function headOf({ status, headers }: Set, body: HttpResponse["body"]): HttpResponse {
  const pairs = headers.map(([name, value]) => [name, byteString(value)] as const);
  return { status, headers: pairs, body };
}

/** Each byte as one character, as `Headers` has it. */
function byteString(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function isError(outcome: Outcome): outcome is Extract<Outcome, { readonly tag: string }> {
  return "tag" in outcome;
}

function errorText({ tag, val }: { readonly tag: string; readonly val?: unknown }): string {
  const more = val === undefined ? "" : `: ${JSON.stringify(val)}`;
  return `The handler answered with the error ${tag}${more}.`;
}

function failed(answer: GuestAnswer, message: string): GuestServed {
  const failure = answer.failure ?? { code: "GUEST_RESPONSE", message };
  return { type: "failed", answer: { ...answer, failure } };
}
