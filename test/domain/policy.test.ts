// Policies: what a rule means, what a condition may be, and how they are decided by.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultInCondition } from "#domain/policy/condition.ts";
import { decide, makeReady } from "#domain/policy/decide.ts";
import { matchesAction, matchesResource } from "#domain/policy/match.ts";
import type { Policy, Request, Rule } from "#domain/policy/policy.ts";

const request: Request = {
  user: { id: "u-1", username: "ada", email: "", role: "developer", roles: ["developer"] },
  action: "module:delete",
  resource: "modules:hello-v1.2.0",
  context: { mfaVerified: false, ip: "192.0.2.1", time: 0, approvalId: "", force: false },
};

function policy(rules: readonly Partial<Rule>[], given: Partial<Policy> = {}): Policy {
  const rule: Rule = { effect: "Deny", resource: "*", actions: ["*"], condition: null };
  return {
    id: "p-1",
    name: "test",
    version: "1.0.0",
    rules: rules.map((one) => ({ ...rule, ...one })),
    enabled: true,
    mode: "enforce",
    createdAt: 0,
    createdBy: "root",
    ...given,
  };
}

describe("a rule means", () => {
  test.each([
    ["*", "servers:web-01", true],
    ["servers:*", "servers:web-01", true],
    ["servers:web-*", "servers:web-01", true],
    ["servers:*-01", "servers:web-01", true],
    ["servers:w*1", "servers:web-01", true],
    ["servers:web", "servers:web-01", false],
    ["servers:*", "nodes:web-01", false],
    ["modules:hello", "modules:hello-v1.2.0", true],
    ["modules:hello-v1.2.0", "modules:hello-v1.2.0", true],
    ["modules:hello-v1.3.0", "modules:hello-v1.2.0", false],
    ["modules:Hello", "modules:hello-v1.2.0", false],
    ["servers:web-01", "servers:web-01/", false],
    ["servers:web-01", "servers:web%2D01", false],
  ])("by %s of %s: %s", (pattern, resource, means) => {
    expect(matchesResource(pattern, resource)).toBe(means);
  });

  test.each([
    ["*", true],
    ["module:delete", true],
    ["module:*", true],
    ["delete", true],
    ["module", false],
    ["module:del", false],
    ["node:*", false],
  ])("by %s of module:delete: %s", (pattern, means) => {
    expect(matchesAction(pattern, "module:delete")).toBe(means);
  });
});

describe("a condition", () => {
  test.each([
    ["user.role == 'admin'"],
    ["context.mfa_verified && user.roles.exists(r, r == 'operator')"],
    ["resource.startsWith('modules:') || context.ip == '192.0.2.1'"],
  ])("may be %s", (text) => {
    expect(faultInCondition(text)).toBeNull();
  });

  test.each([
    ["user.role ==", "line 1, column"],
    ["user.rule == 'admin'", "rule"],
    ["1 + 1", "of type int"],
    ["resource.matches('(a+)+$')", "no bound"],
    ["x".repeat(2_000), "at most"],
  ])("may not be %s", (text, fault) => {
    expect(faultInCondition(text)).toContain(fault);
  });
});

describe("a decision", () => {
  const byRole = { role: "Developer" };
  const refused = { refusal: "module:delete needs the role Admin." };
  const decided = (policies: Policy[], role: { role: string } | { refusal: string } = byRole) =>
    decide(makeReady(policies), request, role);

  test("is the role's where no rule means it", () => {
    expect(decided([])).toMatchObject({ allowed: true, by: "role Developer" });
    expect(decided([], refused)).toMatchObject({
      allowed: false,
      by: null,
      reason: refused.refusal,
    });
  });

  test("is a refusal by the rule that denies, whatever allows it", () => {
    const found = decided([policy([{ effect: "Allow" }, { effect: "Deny" }])]);
    expect(found).toMatchObject({ allowed: false, by: "policy test, rule 2", policyId: "p-1" });
  });

  test("is a grant by a rule that allows what no role does", () => {
    const found = decided(
      [policy([{ effect: "Allow", condition: "user.username == 'ada'" }])],
      refused,
    );
    expect(found).toMatchObject({ allowed: true, by: "policy test, rule 1" });
  });

  test("counts what a policy in count mode would refuse, and lets it through", () => {
    const found = decided([policy([{}], { mode: "count" })]);
    expect(found).toMatchObject({ allowed: true, counted: ["policy test, rule 1"] });
  });

  test("holds a condition that fails against who asks, on either side", () => {
    const condition = "1 / 0 == 1";
    expect(decided([policy([{ condition }])]).allowed).toBe(false);
    expect(decided([policy([{ effect: "Allow", condition }])], refused).allowed).toBe(false);
  });

  test("forgets a policy that is off", () => {
    expect(decided([policy([{}], { enabled: false })]).allowed).toBe(true);
  });

  test("leaves an Admin the way back, whatever the policies are", () => {
    const rules = fc.array(
      fc.record({
        effect: fc.constantFrom<Rule["effect"]>("Allow", "Deny"),
        resource: fc.constantFrom("*", "policies:*", "policies:p-1"),
        actions: fc.constant(["*"]),
        condition: fc.constantFrom(null, "true", "1 / 0 == 1"),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        rules,
        fc.constantFrom("policy:read", "policy:update", "policy:delete"),
        (given, action) => {
          const user = { ...request.user, role: "admin", roles: ["admin"] };
          const asked = { ...request, user, action, resource: "policies:p-1" };
          expect(decide(makeReady([policy(given)]), asked, { role: "Admin" }).allowed).toBe(true);
        },
      ),
    );
  });
});
