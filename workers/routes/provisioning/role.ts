// Roles are lower-case words in this dialect.
import { ROLES } from "#domain/role.ts";
import type { Grantee, Role } from "#domain/role.ts";

export const ROLE_WORDS = ["admin", "developer", "operator", "viewer", "auditor"] as const;

export function roleOf(word: (typeof ROLE_WORDS)[number]): Role {
  // The words are the roles in lower case: one is always found.
  return ROLES.find((name) => name.toLowerCase() === word) ?? "Viewer";
}

export function wordsOf(roles: readonly Grantee[]) {
  return ROLE_WORDS.filter((word) => roles.some((role) => role.toLowerCase() === word));
}
