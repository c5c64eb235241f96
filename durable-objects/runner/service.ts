// Calls and requests for the versions that a node holds: let in or turned away, run at the node's host, counted, and what
// they wrote kept.
import type { Assignment, Call, CallAnswer } from "#domain/execution.ts";
import type { HttpRequest, ServeAnswer, ServeCall } from "#domain/http.ts";
import type { Deadlines } from "#objects/deadline.ts";
import type { Books } from "./books.ts";
import type { Calls } from "./calls.ts";
import type { Gauge } from "./gauge.ts";
import type { GuestHost } from "./host.ts";
import type { Instances } from "./instances.ts";
import { invokeGuest } from "./invoke.ts";
import type { Lines } from "./lines.ts";
import { overload } from "./refusal.ts";
import { reply, serveGuest, unanswered } from "./serve.ts";

type Of = {
  readonly gauge: Gauge;
  readonly lines: Lines;
  readonly books: Books;
  readonly calls: Calls;
  readonly instances: Instances;
  readonly deadlines: Deadlines;
  readonly host: () => GuestHost;
  readonly background: (work: Promise<void>) => void;
};

export class Service {
  readonly #of: Of;

  constructor(of: Of) {
    this.#of = of;
  }

  async invoke(assignment: Assignment, call: Call): Promise<CallAnswer> {
    const { gauge, host } = this.#of;
    const fault = overload(assignment, gauge, host());
    if (fault !== null) return { type: "fault", fault };
    const leave = gauge.enter(call.moduleId);
    const answer = await this.run(assignment, call);
    leave(answer);
    this.#keep(call, answer);
    return answer;
  }

  /** Whatever else there is to do, and without a count. */
  run(assignment: Assignment, call: Call): Promise<CallAnswer> {
    const { calls, deadlines } = this.#of;
    const place = { host: this.#of.host(), deadlines };
    return calls.run({ host: place.host, assignment, call }, (named) =>
      invokeGuest(place, assignment, named),
    );
  }

  /** It is in flight until the guest has written all of its response. */
  async serve(
    assignment: Assignment,
    { asked, request }: { readonly asked: ServeCall; readonly request: HttpRequest },
  ): Promise<ServeAnswer> {
    const { gauge, calls, deadlines, background } = this.#of;
    const place = { host: this.#of.host(), deadlines };
    const { isProbe = false } = asked;
    const fault = isProbe ? null : overload(assignment, gauge, place.host);
    if (fault !== null) return { type: "refused", fault };
    const leave = isProbe ? () => {} : gauge.enter(asked.moduleId);
    const call = { ...asked, functionName: `${request.method} ${request.url}`, parameters: null };
    const { promise, tell, status } = reply();
    background(
      (async () => {
        const answer = await calls.run({ host: place.host, assignment, call }, (call) =>
          serveGuest(place, assignment, { call, request, tell }),
        );
        leave(answer, status());
        this.#keep(asked, answer);
        // After a response this comes too late, and is not heard.
        tell(unanswered(assignment, answer));
      })(),
    );
    return promise;
  }

  #keep(asked: Call | ServeCall, answer: CallAnswer): void {
    const { lines, books, instances } = this.#of;
    lines.heard(() => instances.logOf(asked), answer, Date.now());
    books.flushSoon();
  }
}
