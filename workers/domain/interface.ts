// A registered WIT interface and what may happen to it.

/** Backward: users of the previous version go on with the next. Forward: the reverse. */
export const COMPATIBILITIES = ["None", "Backward", "Forward", "Full"] as const;
export type Compatibility = (typeof COMPATIBILITIES)[number];

export type InterfaceStatus = "Draft" | "PendingApproval" | "Approved" | "Deprecated" | "Rejected";
export type InterfaceVerb = "submit" | "approve" | "reject" | "deprecate";

export type WasmInterface = {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly witDefinition: string;
  readonly description: string | null;
  readonly compatibility: Compatibility;
  readonly status: InterfaceStatus;
  readonly registeredAt: number;
  readonly registeredBy: string;
  readonly submittedAt: number | null;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  readonly decisionReason: string | null;
};

/** An approval that was asked for and not given lapses after this. */
export const APPROVAL_MS = 24 * 3_600_000;

const MOVES: Readonly<
  Record<InterfaceVerb, { from: readonly InterfaceStatus[]; to: InterfaceStatus }>
> = {
  submit: { from: ["Draft", "Rejected"], to: "PendingApproval" },
  approve: { from: ["PendingApproval"], to: "Approved" },
  reject: { from: ["PendingApproval"], to: "Rejected" },
  deprecate: { from: ["Approved"], to: "Deprecated" },
};

export function interfaceId(namespace: string, name: string, version: string): string {
  return `${namespace}/${name}@${version}`;
}

/** The status as it is now: a submission that nobody decided in time is a draft again. */
export function statusAt(given: WasmInterface, now: number): InterfaceStatus {
  const lapsed =
    given.status === "PendingApproval" &&
    given.submittedAt !== null &&
    now > given.submittedAt + APPROVAL_MS;
  return lapsed ? "Draft" : given.status;
}

/** The status that a verb leads to, or the statuses in which it would apply. */
export function move(
  from: InterfaceStatus,
  verb: InterfaceVerb,
): { to: InterfaceStatus } | { appliesTo: readonly InterfaceStatus[] } {
  const rule = MOVES[verb];
  return rule.from.includes(from) ? { to: rule.to } : { appliesTo: rule.from };
}
