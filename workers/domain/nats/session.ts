// One connection's state machine: an operation in, the next session and what is to be done out. Pure; it knows no
// socket. What a session holds is small enough to lie in the socket's attachment while the object sleeps.
import type { Action, Principal } from "#domain/role.ts";
import { errorFrame, OK, PONG } from "./frame.ts";
import type { ConnectOptions, Operation, Publication } from "./operation.ts";
import { actionOf, mayPublish, maySubscribe } from "./permission.ts";
import { isPattern, isSubject, matches } from "./subject.ts";
import { ended } from "./subscription.ts";
import type { Subscription } from "./subscription.ts";

export type Session = {
  readonly clientId: number;
  readonly openedAt: number;
  /** Null until somebody is known, or where nobody may connect without saying who they are. */
  readonly principal: Principal | null;
  /** When the principal's token ends; null for none. */
  readonly expiresAt: number | null;
  readonly verbose: boolean;
  readonly pedantic: boolean;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly noResponders: boolean;
  readonly subscriptions: readonly Subscription[];
  /** How often its role did not let it do what it asked for. */
  readonly refusals: number;
};

/** What somebody's role did not let them do. */
export type Refusal = {
  readonly action: Action;
  readonly subject: string;
  readonly reason: string;
};

export type Effect =
  | { readonly type: "send"; readonly frame: Uint8Array }
  /** The text goes out as an error before. */
  | { readonly type: "close"; readonly text: string }
  | { readonly type: "authenticate"; readonly options: ConnectOptions }
  | { readonly type: "publish"; readonly publication: Publication }
  | { readonly type: "refuse"; readonly by: Principal; readonly refusal: Refusal }
  | { readonly type: "pong" };

export type Acted = { readonly session: Session; readonly effects: readonly Effect[] };

/** An attachment holds 16 KB: so many subscriptions, of so many characters. */
const SUBSCRIPTIONS_MAX = 200;
const SUBSCRIBED_CHARACTERS_MAX = 8000;
/** Each is written down: whoever goes on like that is sent away. */
const REFUSALS_MAX = 100;

const CONSUMER_CREATE = "$JS.API.CONSUMER.CREATE.>";
const AUTHORIZATION_VIOLATION = "Authorization Violation";
const EXPIRED = "User Authentication Expired";

export function newSession(of: {
  readonly clientId: number;
  readonly principal: Principal | null;
  readonly now: number;
}): Session {
  const { clientId, principal, now } = of;
  return {
    clientId,
    openedAt: now,
    principal,
    expiresAt: null,
    verbose: true,
    pedantic: true,
    echo: true,
    headers: false,
    noResponders: false,
    subscriptions: [],
    refusals: 0,
  };
}

export function act(session: Session, operation: Operation, now: number): Acted {
  if (operation.type === "fault") return close(session, operation.text);
  if (operation.type === "connect") {
    const { options } = operation;
    if (options.noResponders && !options.headers) {
      return close(session, "no responders requires headers support");
    }
    return { session, effects: [{ type: "authenticate", options }] };
  }
  if (session.principal === null) return close(session, AUTHORIZATION_VIOLATION);
  if (isExpired(session, now)) return close(session, EXPIRED);
  switch (operation.type) {
    case "ping":
      return tell(session, PONG);
    case "pong":
      return { session, effects: [{ type: "pong" }] };
    case "subscribe":
      return subscribe(session, session.principal, operation);
    case "unsubscribe":
      return unsubscribe(session, operation);
    case "publish":
      return publish(session, session.principal, operation);
  }
}

/** Who CONNECT turned out to be; null where it said nobody that is known. */
export function authenticated(
  session: Session,
  options: ConnectOptions,
  who: { readonly principal: Principal; readonly expiresAt: number | null } | null,
): Acted {
  if (who === null) return close(session, AUTHORIZATION_VIOLATION);
  const { verbose, pedantic, echo, headers, noResponders } = options;
  const next = { ...session, ...who, verbose, pedantic, echo, headers, noResponders };
  return acknowledged(next);
}

/** After one more message for the subscription. */
export function delivered(session: Session, sid: string): Session {
  const subscriptions = session.subscriptions.flatMap((subscription) => {
    if (subscription.sid !== sid) return [subscription];
    const next = { ...subscription, delivered: subscription.delivered + 1 };
    return ended(next) ? [] : [next];
  });
  return { ...session, subscriptions };
}

export function isExpired({ expiresAt }: Session, now: number): boolean {
  return expiresAt !== null && now >= expiresAt;
}

function subscribe(
  session: Session,
  principal: Principal,
  { subject, queue, sid }: Extract<Operation, { type: "subscribe" }>,
): Acted {
  if (!isPattern(subject)) return tell(session, errorFrame("Invalid Subject"));
  if (!maySubscribe(principal.role, subject)) {
    const using = queue === null ? "" : ` using queue "${queue}"`;
    const reason = `Permissions Violation for Subscription to "${subject}"${using}`;
    return refuse(session, principal, { action: "lattice:observe", subject, reason });
  }
  const { subscriptions } = session;
  // As with the server, an id that is taken keeps what it stands for.
  if (subscriptions.some((subscription) => subscription.sid === sid)) return acknowledged(session);
  const made: Subscription = { sid, subject, queue, max: null, delivered: 0 };
  const characters = [...subscriptions, made].reduce(
    (sum, { sid, subject, queue }) => sum + sid.length + subject.length + (queue?.length ?? 0),
    0,
  );
  if (subscriptions.length >= SUBSCRIPTIONS_MAX || characters > SUBSCRIBED_CHARACTERS_MAX) {
    return tell(session, errorFrame("maximum subscriptions exceeded"));
  }
  return acknowledged({ ...session, subscriptions: [...subscriptions, made] });
}

function unsubscribe(
  session: Session,
  { sid, max }: Extract<Operation, { type: "unsubscribe" }>,
): Acted {
  const subscriptions = session.subscriptions.flatMap((subscription) => {
    if (subscription.sid !== sid) return [subscription];
    if (max === null) return [];
    const next = { ...subscription, max };
    return ended(next) ? [] : [next];
  });
  return acknowledged({ ...session, subscriptions });
}

function publish(session: Session, principal: Principal, publication: Publication): Acted {
  const { subject, reply, headers } = publication;
  if (headers !== null && !session.headers) return close(session, "message headers not supported");
  if (!mayName(subject) || (reply !== null && !isSubject(reply))) {
    return tell(session, errorFrame("Invalid Publish Subject"));
  }
  const { role } = principal;
  const action = actionOf(subject) ?? "lattice:publish";
  if (!mayPublish(role, subject)) {
    const reason = `Permissions Violation for Publish to "${subject}"`;
    return refuse(session, principal, { action, subject, reason });
  }
  if (reply !== null && !mayPublish(role, reply)) {
    const reason = `Permissions Violation for Publish with Reply of "${reply}"`;
    return refuse(session, principal, { action, subject, reason });
  }
  const { effects } = acknowledged(session);
  return { session, effects: [...effects, { type: "publish", publication }] };
}

/** A consumer's filter stands in the subject that makes it, wildcards and all. */
function mayName(subject: string): boolean {
  return isSubject(subject) || (isPattern(subject) && matches(CONSUMER_CREATE, subject));
}

function refuse(session: Session, by: Principal, refusal: Refusal): Acted {
  const next = { ...session, refusals: session.refusals + 1 };
  const { effects } =
    next.refusals > REFUSALS_MAX
      ? close(next, "maximum permissions violations exceeded")
      : tell(next, errorFrame(refusal.reason));
  return { session: next, effects: [{ type: "refuse", by, refusal }, ...effects] };
}

function acknowledged(session: Session): Acted {
  return session.verbose ? tell(session, OK) : { session, effects: [] };
}

function tell(session: Session, frame: Uint8Array): Acted {
  return { session, effects: [{ type: "send", frame }] };
}

function close(session: Session, text: string): Acted {
  return { session, effects: [{ type: "close", text }] };
}
