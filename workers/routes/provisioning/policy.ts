// Policies on the wire: what is taken, what is told, and how the one becomes the other.
import { z } from "@hono/zod-openapi";
import { CONDITION_MAX } from "#domain/policy/condition.ts";
import { ACTIONS_MAX, RULES_MAX } from "#domain/policy/policy.ts";
import type { Policy, Rule } from "#domain/policy/policy.ts";
import { isAction } from "#domain/role.ts";
import { time } from "./answer.ts";
import { ROLE_WORDS, roleOf } from "./role.ts";
import { iso } from "./view.ts";

const ruleShape = z.strictObject({
  effect: z.enum(["Allow", "Deny"]),
  resource: z.string().min(1).max(300),
  action: z.array(z.string().min(1).max(100)).min(1).max(ACTIONS_MAX),
  condition: z.string().min(1).max(CONDITION_MAX).nullish(),
});

const rule = ruleShape.transform(
  ({ effect, resource, action: actions, condition = null }): Rule => ({
    effect,
    resource,
    actions,
    condition,
  }),
);

const fields = {
  name: z.string().min(1).max(200),
  version: z.string().min(1).max(63),
  rules: z.array(rule).min(1).max(RULES_MAX),
  enabled: z.boolean(),
  mode: z.enum(["enforce", "count"]),
};

export const policyBody = z.strictObject({
  ...fields,
  version: fields.version.default("1.0.0"),
  enabled: fields.enabled.default(true),
  mode: fields.mode.default("enforce"),
});

export const policyChangeBody = z
  .strictObject(fields)
  .partial()
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    message: "expected at least one of name, version, rules, enabled, mode",
  });

export const simulationBody = z
  .strictObject({
    principal: z.strictObject({
      username: z.string().max(254).default("somebody"),
      roles: z.array(z.enum(ROLE_WORDS).transform(roleOf)).min(1).max(ROLE_WORDS.length),
      email: z.string().max(254).default(""),
    }),
    action: z.string().refine(isAction, "expected an action such as module:delete"),
    resource: z.string().min(1).max(300),
    context: z
      .strictObject({
        mfa_verified: z.boolean().default(false),
        ip: z.string().max(64).default(""),
        time: z.iso.datetime().optional(),
        approval_id: z.string().max(200).default(""),
        force: z.boolean().default(false),
      })
      .prefault({}),
  })
  .transform(({ context, ...rest }) => ({
    ...rest,
    context: {
      mfaVerified: context.mfa_verified,
      ip: context.ip,
      time: context.time === undefined ? Date.now() : Date.parse(context.time),
      approvalId: context.approval_id,
      force: context.force,
    },
  }));

export const policyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    rules: z.array(
      z.object({
        effect: z.enum(["Allow", "Deny"]),
        resource: z.string(),
        action: z.array(z.string()),
        condition: z.string().nullable(),
      }),
    ),
    created_at: time,
    enabled: z.boolean(),
    mode: z.enum(["enforce", "count"]),
  })
  .openapi("ProvisioningPolicy");

export const newPolicyAnswer = z
  .object({ id: z.string(), name: z.string(), version: z.string() })
  .openapi("ProvisioningNewPolicy");

export const decisionAnswer = z
  .object({
    allowed: z.boolean(),
    rule: z.string().nullable(),
    policy_id: z.string().nullable(),
    reason: z.string(),
    counted: z.array(z.string()),
  })
  .openapi("ProvisioningDecision");

export function policyView({ id, name, version, rules, enabled, mode, createdAt }: Policy) {
  return {
    id,
    name,
    version,
    rules: rules.map(({ effect, resource, actions, condition }) => ({
      effect,
      resource,
      action: [...actions],
      condition,
    })),
    created_at: iso(createdAt),
    enabled,
    mode,
  };
}
