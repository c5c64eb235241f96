// Who may do what by default. Policies that refine these grants stand on top of this table.
export const ROLES = ["Admin", "Developer", "Operator", "Viewer", "Auditor"] as const;
export type Role = (typeof ROLES)[number];

export type UserPrincipal = {
  readonly username: string;
  /** The one of `roles` that stands first in ROLES; the only one where there are no others. */
  readonly role: Role;
  readonly roles?: readonly Role[];
  /** Where it comes from a login; what speaks for itself inside has none. */
  readonly session?: Session;
};

type Session = {
  readonly id: string;
  readonly userId: string;
  readonly email: string | null;
  /** Whether a second factor was shown at the login. */
  readonly mfa: boolean;
};

export type SignedIn = UserPrincipal & { readonly session: Session };

/** A node that asks for itself, by its own token. It acts for no other node. */
type NodePrincipal = {
  readonly username: string;
  readonly role: "Node";
  readonly nodeId: string;
};

export type Principal = UserPrincipal | NodePrincipal;
export type Grantee = Principal["role"];

export function rolesOf(principal: Principal): readonly Grantee[] {
  if (principal.role === "Node") return [principal.role];
  return principal.roles ?? [principal.role];
}

/** Null for somebody without any: who may nothing. */
export function primaryRole(roles: readonly Role[]): Role | null {
  return ROLES.find((role) => roles.includes(role)) ?? null;
}

/** Everybody reads; an Auditor does nothing else. */
const ALL = ROLES;
const USERS = ["Admin", "Developer", "Operator", "Viewer"] as const;

const GRANTS = {
  "module:register": ["Developer", "Admin"],
  "module:read": ALL,
  "module:status": ["Developer", "Admin"],
  "module:delete": ["Admin"],
  "deployment:create": ["Developer", "Admin"],
  "deployment:read": ALL,
  "deployment:approve": ["Admin"],
  "deployment:execute": ["Developer", "Admin"],
  "deployment:execute-in-production": ["Admin"],
  "deployment:steer": ["Operator", "Developer", "Admin"],
  "deployment:rollback": ["Operator", "Admin"],
  "workload:create": ["Developer", "Admin"],
  "workload:read": ALL,
  "workload:change": ["Operator", "Developer", "Admin"],
  "workload:deploy": ["Developer", "Admin"],
  "workload:delete": ["Developer", "Admin"],
  "node:register": ["Admin"],
  "node:read": ALL,
  "node:change": ["Admin"],
  "node:beat": ["Operator", "Admin", "Node"],
  "node:attach": ["Node"],
  "node:fetch": ["Node"],
  "metrics:record": ["Operator", "Admin", "Node"],
  "metrics:read": ALL,
  "token:manage": ["Admin"],
  "token:validate": USERS,
  "interface:register": ["Developer", "Admin"],
  "interface:read": ALL,
  "interface:submit": ["Developer", "Admin"],
  "interface:approve": ["Admin"],
  "interface:delete": ["Admin"],
  "event:read": ALL,
  "function:invoke": USERS,
  "user:read": ["Admin", "Auditor"],
  "user:create": ["Admin"],
  "user:update": ["Admin"],
  "user:delete": ["Admin"],
  "policy:read": ["Admin", "Auditor"],
  "policy:create": ["Admin"],
  "policy:update": ["Admin"],
  "policy:delete": ["Admin"],
  "audit:read": ["Admin", "Auditor"],
  "session:end": ALL,
  "mfa:change": ALL,
  "model:put": ["Developer", "Admin"],
  "model:read": ALL,
  "model:delete": ["Developer", "Admin"],
  "model:deploy": ["Operator", "Developer", "Admin"],
  "secret:read": ["Operator", "Developer", "Admin", "Auditor"],
  "secret:change": ["Developer", "Admin"],
  "lattice:read": ALL,
  "lattice:change": ["Operator", "Developer", "Admin"],
  "lattice:publish": ["Operator", "Developer", "Admin"],
  "lattice:observe": ["Admin"],
  "app:register": ["Developer", "Admin"],
  "app:read": ALL,
  "app:change": ["Developer", "Admin"],
  "app:operate": ["Operator", "Developer", "Admin"],
  "app:remove": ["Developer", "Admin"],
  "cluster:read": ALL,
  "config:read": ALL,
  "config:change": ["Admin"],
  "task:read": ALL,
  "task:cancel": ["Operator", "Admin"],
  "server:provision": ["Admin"],
  "taskserv:provision": ["Developer", "Admin"],
  "cluster:provision": ["Admin"],
  "batch:execute": ["Admin"],
  "batch:read": ALL,
  "batch:cancel": ["Operator", "Admin"],
  "state:read": ALL,
  "checkpoint:create": ["Operator", "Admin"],
  "checkpoint:read": ALL,
  "checkpoint:delete": ["Admin"],
  "rollback:execute": ["Admin"],
  "settings:read": ALL,
  "settings:change": ["Admin"],
  "webhook:read": ["Operator", "Admin"],
  "webhook:change": ["Admin"],
  "webhook:replay": ["Operator", "Admin"],
} as const satisfies Readonly<Record<string, readonly Grantee[]>>;

export type Action = keyof typeof GRANTS;

export function isAction(text: string): text is Action {
  return Object.hasOwn(GRANTS, text);
}

/** What happens all the time and changes nothing that anybody decided: counted elsewhere, recorded only if refused. */
const ROUTINE = new Set<Action>([
  "function:invoke",
  "node:beat",
  "node:fetch",
  "metrics:record",
  "token:validate",
  "lattice:publish",
  "lattice:observe",
]);

/** Whether it changes state, so that the ledger has it. */
export function isChange(action: Action): boolean {
  return !action.endsWith(":read") && !ROUTINE.has(action);
}

/** The roles that may, when none of these may; null when one does. */
export function missingRole(
  roles: Grantee | readonly Grantee[],
  action: Action,
): readonly Grantee[] | null {
  const granted: readonly Grantee[] = GRANTS[action];
  const held: readonly Grantee[] = typeof roles === "string" ? [roles] : roles;
  return held.some((role) => granted.includes(role)) ? null : granted;
}
