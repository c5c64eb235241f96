// A line of the table of permissions: which action on which resource an operation is, and whose roles allow it.
import type { Role } from "#domain/role.ts";

export type Row = readonly [
  operation: string,
  action: string,
  resource: string,
  roles: readonly Role[],
];

export const EVERYBODY: Role[] = ["Admin", "Developer", "Operator", "Viewer", "Auditor"];
export const CALLERS: Role[] = ["Admin", "Developer", "Operator", "Viewer"];
export const MAKERS: Role[] = ["Admin", "Developer"];
export const STEERERS: Role[] = ["Admin", "Developer", "Operator"];
export const UNDOERS: Role[] = ["Admin", "Operator"];
export const LOOKERS: Role[] = ["Admin", "Auditor"];
export const ADMIN: Role[] = ["Admin"];
