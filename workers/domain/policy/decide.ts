// One decision: a rule that denies wins over everything, then the roles' own grants, then rules that allow.
import type { Policy, Request, Rule } from "./policy.ts";
import { matchesAction, matchesResource } from "./match.ts";
import { compileCondition } from "./condition.ts";
import type { Condition } from "./condition.ts";

type ReadyRule = Rule & {
  readonly policy: Pick<Policy, "id" | "name" | "mode">;
  /** Counted from 1. */
  readonly number: number;
  readonly holds: Condition;
};

/** Policies made ready to decide, once for as long as they are kept. */
export type Ready = {
  readonly denies: readonly ReadyRule[];
  readonly allows: readonly ReadyRule[];
};

export type Decided = {
  readonly allowed: boolean;
  /** `policy <name>, rule <n>` or `role <role>`; null when nothing allows it. */
  readonly by: string | null;
  readonly policyId: string | null;
  readonly reason: string;
  /** Rules in count mode that would have refused it. */
  readonly counted: readonly string[];
};

/** What an Admin can always do, so that no set of policies locks the last one out: look at them, and take them back. */
const ALWAYS = new Set(["policy:read", "policy:update", "policy:delete"]);

export function makeReady(policies: readonly Policy[]): Ready {
  const rules = policies
    .filter(({ enabled }) => enabled)
    .flatMap(({ id, name, mode, rules }) =>
      rules.map((rule, index) => ({
        ...rule,
        policy: { id, name, mode },
        number: index + 1,
        holds: rule.condition === null ? () => true : compileCondition(rule.condition),
      })),
    );
  return {
    denies: rules.filter(({ effect }) => effect === "Deny"),
    allows: rules.filter(({ effect, policy }) => effect === "Allow" && policy.mode === "enforce"),
  };
}

/** `byRole` is what the roles say: the one that grants it, or why none does. */
export function decide(
  ready: Ready,
  request: Request,
  byRole: { readonly role: string } | { readonly refusal: string },
): Decided {
  const counted: string[] = [];
  const isAlways = ALWAYS.has(request.action) && request.user.roles.includes("admin");
  for (const rule of isAlways ? [] : ready.denies) {
    const why = applies(rule, request, true);
    if (why === null) continue;
    if (rule.policy.mode === "enforce") {
      const reason = `${nameOf(rule)} denies ${request.action} on ${request.resource}${why}.`;
      return { allowed: false, by: nameOf(rule), policyId: rule.policy.id, reason, counted };
    }
    counted.push(nameOf(rule));
  }
  if ("role" in byRole) {
    const reason = `The role ${byRole.role} grants ${request.action}.`;
    return { allowed: true, by: `role ${byRole.role}`, policyId: null, reason, counted };
  }
  for (const rule of ready.allows) {
    if (applies(rule, request, false) === null) continue;
    const reason = `${nameOf(rule)} allows ${request.action} on ${request.resource}.`;
    return { allowed: true, by: nameOf(rule), policyId: rule.policy.id, reason, counted };
  }
  return { allowed: false, by: null, policyId: null, reason: byRole.refusal, counted };
}

/** Null when it doesn't; else what there is to say beside. A condition that fails is held against who asks. */
function applies(rule: ReadyRule, request: Request, whenBroken: boolean): string | null {
  const meant =
    matchesResource(rule.resource, request.resource) &&
    rule.actions.some((pattern) => matchesAction(pattern, request.action));
  if (!meant) return null;
  try {
    return rule.holds(request) ? "" : null;
  } catch {
    return whenBroken ? " because its condition fails" : null;
  }
}

function nameOf({ policy, number }: ReadyRule): string {
  return `policy ${policy.name}, rule ${number}`;
}
