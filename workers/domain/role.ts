// Who may do what by default. Policies that refine these grants stand on top of this table.
export const ROLES = ["Admin", "Developer", "Operator", "Viewer", "Auditor"] as const;
export type Role = (typeof ROLES)[number];

export type UserPrincipal = { readonly username: string; readonly role: Role };

/** A node that asks for itself, by its own token. It acts for no other node. */
type NodePrincipal = {
  readonly username: string;
  readonly role: "Node";
  readonly nodeId: string;
};

export type Principal = UserPrincipal | NodePrincipal;
type Grantee = Principal["role"];

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
  "model:put": ["Developer", "Admin"],
  "model:read": ALL,
  "model:delete": ["Developer", "Admin"],
  "model:deploy": ["Operator", "Developer", "Admin"],
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
} as const satisfies Readonly<Record<string, readonly Grantee[]>>;

export type Action = keyof typeof GRANTS;

/** What happens all the time and changes nothing that anybody decided: counted elsewhere, recorded only if refused. */
const ROUTINE = new Set<Action>([
  "function:invoke",
  "node:beat",
  "metrics:record",
  "token:validate",
  "lattice:publish",
  "lattice:observe",
]);

/** Whether it changes state, so that the ledger has it. */
export function isChange(action: Action): boolean {
  return !action.endsWith(":read") && !ROUTINE.has(action);
}

/** The roles that may, when this one may not; null when it may. */
export function missingRole(role: Grantee, action: Action): readonly Grantee[] | null {
  const granted: readonly Grantee[] = GRANTS[action];
  return granted.includes(role) ? null : granted;
}
