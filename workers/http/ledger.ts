// What a request came to, told to the ledger before it is told to the caller. Bodies, queries and tokens are not.
import type { Context as HonoContext } from "hono";
import { Fault } from "#domain/fault.ts";
import type { NewLedgerEntry } from "#domain/ledger.ts";
import type { Principal } from "#domain/role.ts";
import { record } from "#stores/ledger.ts";
import type { Context } from "./context.ts";
import { faultOf, logBug } from "./error.ts";

export function addressOf(c: HonoContext<Context>): string {
  return knownAddressOf(c) ?? "local";
}

/** Cloudflare tells it of every request from outside; on a laptop there may be none. */
export function knownAddressOf(c: HonoContext<Context>): string | null {
  return c.req.header("CF-Connecting-IP") ?? null;
}

/** Who was not let in, or not let do it. */
export async function recordRefusal(c: HonoContext<Context>, refusal: unknown): Promise<void> {
  const fault = faultOf(refusal);
  if (fault?.code !== "UNAUTHORIZED" && fault?.code !== "FORBIDDEN") return;
  await record(c.env, { ...entryOf(c), result: "refused", reason: told(fault) });
}

/** What rules in count mode would have refused, and let through. */
export async function recordCounted(
  c: HonoContext<Context>,
  rules: readonly string[],
): Promise<void> {
  const reason = `Counted, not refused, by ${rules.join(" and ")}.`;
  const evidence = { ...evidenceOf(c), counted: rules };
  await record(c.env, { ...entryOf(c), result: "success", reason, evidence });
}

/** A change of state however it ended, and a refusal that the handler itself came to. */
export async function recordOutcome(c: HonoContext<Context>, isChange: boolean): Promise<void> {
  const { error } = c;
  const fault = error === undefined ? null : faultOf(error);
  if (fault?.code === "FORBIDDEN") return recordRefusal(c, fault);
  if (!isChange) return;
  const failed = error !== undefined || c.res.status >= 400;
  const reason = failed ? told(fault) : null;
  const result = failed ? "failure" : "success";
  const evidence = { ...evidenceOf(c), status: c.res.status };
  try {
    await record(c.env, { ...entryOf(c), result, reason, evidence });
  } catch (cause) {
    logBug(c.get("requestId"), cause);
    if (failed) return;
    const message = "It was done, but the ledger could not record it. Look before you try again.";
    throw new Fault("UNAVAILABLE", message, { cause });
  }
}

function entryOf(c: HonoContext<Context>): Omit<NewLedgerEntry, "result"> {
  const principal: Principal | undefined = c.get("principal");
  const asked: { action: string; resource: string } | undefined = c.get("asked");
  return {
    actor: principal?.username ?? null,
    actorId:
      principal === undefined || principal.role === "Node"
        ? null
        : (principal.session?.userId ?? null),
    action: asked?.action ?? "token:present",
    resource: asked?.resource ?? "tokens:*",
    evidence: evidenceOf(c),
    address: addressOf(c),
    requestId: c.get("requestId"),
  };
}

function evidenceOf(c: HonoContext<Context>) {
  const { method, path } = c.req;
  const rule = c.get("rule");
  return typeof rule === "string" ? { method, path, rule } : { method, path };
}

function told(fault: Fault | null): string {
  return fault === null ? "INTERNAL_ERROR" : `${fault.code}: ${fault.message}`;
}
