// What is done over NATS, under the same rules as over HTTP: policies refine what roles grant, and a change is in the
// ledger before it is answered.
import { circumstancesOf, decideFor, refusalOf } from "#control/permission.ts";
import { Fault } from "#domain/fault.ts";
import type { NewLedgerEntry } from "#domain/ledger.ts";
import { isChange } from "#domain/role.ts";
import type { Action, Principal } from "#domain/role.ts";
import { faultOf } from "#http/error.ts";
import { record } from "#stores/ledger.ts";

type Asked = {
  readonly by: Principal;
  readonly action: Action;
  readonly resource: string;
  readonly subject: string;
};

/** What the connection itself refused: the role does not let its owner use the subject. */
export async function recordRefused(env: Env, of: Asked, reason: string): Promise<void> {
  await record(env, { ...entryOf(of), result: "refused", reason: `FORBIDDEN: ${reason}` });
}

/** A token that is none, or no longer. */
export async function recordUnknown(env: Env, reason: string): Promise<void> {
  const entry = { actor: null, action: "token:present", resource: "tokens:*" };
  await record(env, { ...entry, result: "refused", reason, evidence: { transport: "nats" } });
}

export async function permitted<Done>(
  env: Env,
  of: Asked,
  /** What it is given refuses who may not do it to what the payload alone names. */
  work: (permit: (resource: string) => Promise<void>) => Promise<Done>,
): Promise<Done> {
  const { by, action } = of;
  const entry = entryOf(of);
  await decide(env, of, entry);
  const permit = (named: string): Promise<void> =>
    decide(env, { by, action, resource: named }, { ...entry, resource: named });
  if (!isChange(action)) return work(permit);
  try {
    const done = await work(permit);
    await record(env, { ...entry, result: "success" }).catch((cause: unknown) => {
      const message = "It was done, but the ledger could not record it. Look before you try again.";
      throw new Fault("UNAVAILABLE", message, { cause });
    });
    return done;
  } catch (thrown) {
    const fault = faultOf(thrown);
    const reason = fault === null ? "INTERNAL_ERROR" : `${fault.code}: ${fault.message}`;
    // A refusal has its entry already.
    const isRecorded = fault?.code === "UNAVAILABLE" || fault?.code === "FORBIDDEN";
    if (!isRecorded) await record(env, { ...entry, result: "failure", reason });
    throw thrown;
  }
}

function entryOf({ by, action, resource, subject }: Asked): Omit<NewLedgerEntry, "result"> {
  return {
    actor: by.username,
    actorId: by.role === "Node" ? null : (by.session?.userId ?? null),
    action,
    resource,
    evidence: { subject },
  };
}

/** What its role lets somebody publish was looked at where it came in: here policies are. */
async function decide(
  env: Env,
  { by, action, resource }: { by: Principal; action: Action; resource: string },
  entry: Omit<NewLedgerEntry, "result">,
): Promise<void> {
  const context = circumstancesOf(by, Date.now());
  const decided = await decideFor(env, by, { action, resource, context });
  if (decided.counted.length > 0) {
    const reason = `Counted, not refused, by ${decided.counted.join(" and ")}.`;
    await record(env, { ...entry, result: "success", reason });
  }
  if (decided.allowed) return;
  await record(env, { ...entry, result: "refused", reason: `FORBIDDEN: ${decided.reason}` });
  throw refusalOf(decided);
}
