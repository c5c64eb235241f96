// Users as everybody but the one who checks their passwords sees them.
import type { Role } from "./role.ts";

export type Account = {
  readonly id: string;
  readonly username: string;
  readonly email: string | null;
  readonly roles: readonly Role[];
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
};

export type AccountFilter = {
  readonly role?: Role | undefined;
  readonly enabled?: boolean | undefined;
  readonly limit: number;
  readonly offset: number;
};

export type AccountChange = {
  readonly email?: string | null | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly enabled?: boolean | undefined;
};
