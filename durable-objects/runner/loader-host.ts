// Guests in isolates of the platform's, which this object's Worker Loader starts beside it.
import { whole } from "#domain/brief.ts";
import type { Brief } from "#domain/brief.ts";
import type { Assignment, GuestAnswer, GuestCall } from "#domain/execution.ts";
import { faultFrom } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { wholeResponse } from "#domain/http.ts";
import type { GuestServe, GuestServed, HttpRequest } from "#domain/http.ts";
import { networkOf } from "#domain/host.ts";
import { NO_CHAIN } from "#domain/port.ts";
import type { Chain } from "#domain/port.ts";
import { entryOf } from "#domain/prepared.ts";
import type { Prepared } from "#domain/prepared.ts";
import { GuestPort, isPortGrant } from "#data/guest-port.ts";
import { preparedArtifact } from "#data/prepared.ts";
import { SESSION_MS, guestIsolate } from "#guest/isolate.ts";
import type { GuestStub } from "#guest/isolate.ts";
import { PROBE, preparedProbe, probe } from "#guest/probe.ts";
import { Calibration } from "./calibration.ts";
import { faultOf } from "./host.ts";
import type { GuestHost } from "./host.ts";
import type { Ways } from "./outbound.ts";

/** Distinct guests in flight at once in one Durable Object. https://developers.cloudflare.com/dynamic-workers/ */
const GUESTS_IN_FLIGHT_MAX = 10;

/**
 * The platform's types don't say that the promise of a stub, by which it can be called before it is there, has an end
 * too.
 */
type Session = ReturnType<GuestStub["open"]> & Disposable;

type Kept = {
  readonly failures: number;
  readonly stub: GuestStub;
  /** What a guest asks of its ways out the platform counts for each invocation: such a one has no sessions. */
  readonly takesSessions: boolean;
  session: Session | null;
};

export class LoaderHost implements GuestHost {
  readonly guestsInFlightMax = GUESTS_IN_FLIGHT_MAX;
  readonly #env: Env;
  readonly #calibration: Calibration;
  readonly #waysOf: (assignment: Assignment) => Ways;
  readonly #guests = new WeakMap<Assignment, Kept>();
  /** How often the artifact of a version could not be read or was to be taken anew, and why it can't be read now. */
  readonly #unreadable = new Map<string, { failures: number; fault: FaultReport | null }>();

  constructor(env: Env, kv: SyncKvStorage, waysOf: (assignment: Assignment) => Ways) {
    this.#env = env;
    this.#waysOf = waysOf;
    this.#calibration = new Calibration(kv);
  }

  get gasPerMs(): number {
    return this.#calibration.gasPerMs;
  }

  async load(assignment: Assignment): Promise<void> {
    // Read before the loader is asked: it hides what its callback throws behind an error of its own.
    const prepared = await this.#prepared(assignment);
    await this.#guest(assignment, () => Promise.resolve(prepared)).ready();
  }

  unload(): void {
    // The isolate is the loader's, which lets go of it by itself.
  }

  renew({ moduleId }: Assignment): void {
    const failures = this.#unreadable.get(moduleId)?.failures ?? 0;
    this.#unreadable.set(moduleId, { failures: failures + 1, fault: null });
  }

  async call(assignment: Assignment, request: GuestCall, chain: Chain): Promise<GuestAnswer> {
    const guest = this.#asked(assignment);
    const port = this.#portOf(assignment, request, chain);
    const told = port === null ? guest.callBriefly(request) : guest.callBriefly(request, port);
    try {
      return whole(await told.catch((thrown: unknown) => this.#blame(assignment, thrown)));
    } finally {
      await port?.end();
    }
  }

  async serve(
    assignment: Assignment,
    given: GuestServe,
    request: HttpRequest,
  ): Promise<GuestServed> {
    const guest = this.#asked(assignment);
    const port = this.#portOf(assignment, given, NO_CHAIN);
    const told =
      port === null ? guest.serveBriefly(given, request) : guest.serveBriefly(given, request, port);
    const answer = await told.catch((thrown: unknown) => this.#blame(assignment, thrown));
    // RPC's own types lose the union and its tuples; the harness answers with this and nothing else.
    const served = wholeResponse(answer as Brief<GuestServed>);
    if (served.type !== "streaming" || port === null) {
      await port?.end();
      return served;
    }
    return { ...served, ended: () => served.ended().finally(() => port.end()) };
  }

  /** Null where no link of it leads to a component's functions, or to messaging. */
  #portOf(
    { grants = [] }: Assignment,
    { timeoutMs }: Pick<GuestCall, "timeoutMs">,
    chain: Chain,
  ): GuestPort | null {
    const own = grants.filter(isPortGrant);
    return own.length === 0 ? null : new GuestPort(this.#env, { grants: own, chain, timeoutMs });
  }

  async cancel(assignment: Assignment, callId: string): Promise<void> {
    await this.#kept(assignment).stub.cancel(callId);
  }

  /** Runs the tiny guest, for real, and in an idle moment measures how fast it is. */
  async examine({ isIdle, now }: { isIdle: boolean; now: number }): Promise<boolean> {
    const tiny = guestIsolate(this.#env, {
      ...PROBE,
      entry: "core",
      prepared: () => Promise.resolve(preparedProbe()),
    });
    const isHealthy = await probe((request) => tiny.call(request));
    if (isIdle && this.#calibration.isDue(now)) await this.#calibration.measure(this.#env, now);
    return isHealthy;
  }

  /** A guest that could not be started for want of its artifact has not failed by itself. */
  #blame(assignment: Assignment, thrown: unknown): never {
    // Whatever has become of the isolate, the next call asks the loader for one.
    this.#guests.delete(assignment);
    const fault = this.#unreadable.get(assignment.moduleId)?.fault ?? null;
    throw fault === null ? thrown : faultFrom(fault);
  }

  /** The isolate, or a session with it: to begin an invocation in it for each call takes a tenth of a short one. */
  #asked(assignment: Assignment): Pick<GuestStub, "callBriefly" | "serveBriefly"> {
    const kept = this.#kept(assignment);
    return kept.takesSessions ? (kept.session ??= this.#opened(kept)) : kept.stub;
  }

  /** It ends for whoever comes later; a call that has begun runs to its own end. */
  #opened(kept: Kept): Session {
    const session = kept.stub.open() as Session;
    // One that can't be opened is told to whoever calls over it.
    session.catch(() => undefined);
    void this.#close(kept, session);
    return session;
  }

  async #close(kept: Kept, session: Session): Promise<void> {
    await scheduler.wait(SESSION_MS);
    kept.session = null;
    session[Symbol.dispose]();
  }

  /** To ask the loader for the same again would take a tenth of a short call. */
  #kept(assignment: Assignment): Kept {
    const failures = this.#unreadable.get(assignment.moduleId)?.failures ?? 0;
    const known = this.#guests.get(assignment);
    if (known?.failures === failures) return known;
    const { convention, limits, grants = [] } = assignment;
    const hasNoWay = networkOf(limits) === null && grants.length === 0;
    const kept = {
      failures,
      stub: this.#guest(assignment),
      takesSessions: hasNoWay && entryOf(convention) === "core",
      session: null,
    };
    this.#guests.set(assignment, kept);
    return kept;
  }

  /** The loader remembers a start that failed for good: after a failure the guest goes by another name. */
  #guest(
    assignment: Assignment,
    prepared: () => Promise<Prepared> = () => this.#prepared(assignment),
  ): GuestStub {
    return guestIsolate(this.#env, {
      digest: assignment.digest,
      entry: entryOf(assignment.convention),
      failures: this.#unreadable.get(assignment.moduleId)?.failures ?? 0,
      limits: assignment.limits,
      ...this.#waysOf(assignment),
      prepared,
    });
  }

  async #prepared(assignment: Assignment): Promise<Prepared> {
    const { moduleId } = assignment;
    const failures = this.#unreadable.get(moduleId)?.failures ?? 0;
    try {
      const prepared = await preparedArtifact(this.#env, assignment);
      if (failures > 0) this.#unreadable.set(moduleId, { failures, fault: null });
      return prepared;
    } catch (thrown) {
      this.#unreadable.set(moduleId, { failures: failures + 1, fault: faultOf(thrown) });
      throw thrown;
    }
  }
}
