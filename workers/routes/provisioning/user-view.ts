// Domain → wire for users and their sessions.
import type { Login } from "#control/identity.ts";
import type { Enrolment } from "#control/second-factor.ts";
import type { Refreshed } from "#control/session.ts";
import { rolesOf } from "#domain/role.ts";
import type { Account } from "#domain/user.ts";
import { wordsOf } from "./role.ts";
import { done, iso } from "./view.ts";

export function loginView({ token, expiresAt, refreshToken, refreshExpiresAt, principal }: Login) {
  const { username, session } = principal;
  return done({
    token,
    expires_at: iso(expiresAt),
    refresh_token: refreshToken,
    refresh_expires_at: iso(refreshExpiresAt),
    user: {
      id: session.userId,
      username,
      email: session.email,
      roles: wordsOf(rolesOf(principal)),
    },
  });
}

export function refreshView({ token, expiresAt, refresh }: Refreshed) {
  const next =
    refresh === null
      ? {}
      : { refresh_token: refresh.token, refresh_expires_at: iso(refresh.expiresAt) };
  return done({ token, expires_at: iso(expiresAt), ...next });
}

export function enrolmentView({ secret, url, picture }: Enrolment) {
  return done({ secret, otpauth_url: url, qr_svg: picture });
}

export function newUserView({ id, username, email, roles, enabled }: Account) {
  return { id, username, email, roles: wordsOf(roles), enabled };
}

export function userView(account: Account) {
  const { createdAt, lastLoginAt } = account;
  return {
    ...newUserView(account),
    created_at: iso(createdAt),
    last_login: lastLoginAt === null ? null : iso(lastLoginAt),
  };
}
