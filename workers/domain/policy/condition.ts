// Conditions of rules, in CEL. One that is stored has been parsed, type-checked against what it can look at, and
// bounded in what it costs: no expression here can run for long, whatever it is asked about.
import { Environment } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Request } from "./policy.ts";

export const CONDITION_MAX = 1_000;
const COST_MAX = 5_000;
/** Bounds a list that is walked: literals, and the roles of a user. */
const LIST_MAX = 50;
const WALKS = new Set(["all", "exists", "exists_one", "map", "filter"]);
/** Their cost has no bound: a pattern may backtrack, a binding may double itself. */
const UNBOUNDED = new Set(["matches", "bind"]);

const language = new Environment({
  unlistedVariablesAreDyn: false,
  limits: {
    maxAstNodes: 200,
    maxDepth: 20,
    maxListElements: LIST_MAX,
    maxMapEntries: LIST_MAX,
    maxCallArguments: 8,
  },
})
  .registerVariable({
    name: "user",
    schema: {
      id: "string",
      username: "string",
      email: "string",
      role: "string",
      roles: "list<string>",
    },
  })
  .registerVariable("resource", "string")
  .registerVariable("action", "string")
  .registerVariable({
    name: "context",
    schema: {
      mfa_verified: "bool",
      ip: "string",
      time: "google.protobuf.Timestamp",
      approval_id: "string",
      force: "bool",
    },
  });

export type Condition = (request: Request) => boolean;

/** What is wrong with an expression and where; null when it can be stored. */
export function faultInCondition(text: string): string | null {
  if (text.length > CONDITION_MAX) return `expected at most ${CONDITION_MAX} characters`;
  const { valid, type, error } = language.check(text);
  if (!valid)
    return error === undefined ? "it is not CEL" : `${error.summary} at ${placeOf(text, error)}`;
  if (type !== "bool")
    return `expected a bool, such as user.role == 'admin'; this is of type ${type}`;
  const cost = costOf(language.parse(text).ast);
  if (typeof cost === "string")
    return `${cost} is not available in conditions: its cost has no bound`;
  return cost <= COST_MAX ? null : `it may cost ${cost} steps; at most ${COST_MAX} are allowed`;
}

/** Compiled from what was stored. It throws where the expression itself fails, such as by a division by zero. */
export function compileCondition(text: string): Condition {
  const run = language.parse(text);
  return ({ user, resource, action, context }) => {
    const { mfaVerified, ip, time, approvalId, force } = context;
    const told = {
      mfa_verified: mfaVerified,
      ip,
      time: new Date(time),
      approval_id: approvalId,
      force,
    };
    return run({ user, resource, action, context: told }) === true;
  };
}

function placeOf(text: string, error: { readonly range?: { start: number } | undefined }): string {
  const before = text.slice(0, error.range?.start ?? 0).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

/** Steps at most, or the name of what has no bound. */
function costOf(node: ASTNode): number | string {
  const called = node.op === "call" || node.op === "rcall" ? node.args[0] : null;
  if (called !== null && UNBOUNDED.has(called)) return called;
  let cost = 1;
  for (const part of partsOf(node.args)) {
    const of = costOf(part);
    if (typeof of === "string") return of;
    cost += of;
  }
  return called !== null && WALKS.has(called) ? cost * LIST_MAX : cost;
}

function partsOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(partsOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
