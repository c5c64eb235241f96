// Who may do what by default. Policies that refine these grants stand on top of this table.
export const ROLES = ["Admin", "Developer", "Operator", "Viewer"] as const;
export type Role = (typeof ROLES)[number];

export type Principal = { readonly username: string; readonly role: Role };

const ALL = ROLES;

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
  "node:register": ["Admin"],
  "node:read": ALL,
  "node:change": ["Admin"],
  "interface:register": ["Developer", "Admin"],
  "interface:read": ALL,
  "interface:submit": ["Developer", "Admin"],
  "interface:approve": ["Admin"],
  "interface:delete": ["Admin"],
  "function:invoke": ALL,
  "user:manage": ["Admin"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Action = keyof typeof GRANTS;

/** The roles that may, when this one may not; null when it may. */
export function missingRole(role: Role, action: Action): readonly Role[] | null {
  const granted: readonly Role[] = GRANTS[action];
  return granted.includes(role) ? null : granted;
}
