// The shapes of the answers that tell of users and their sessions.
import { z } from "@hono/zod-openapi";
import { succeeded, time } from "./answer.ts";
import { ROLE_WORDS } from "./role.ts";

const userOfLogin = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.enum(ROLE_WORDS)),
});

export const loginAnswer = succeeded(
  z.object({
    token: z.string(),
    expires_at: time,
    refresh_token: z.string(),
    refresh_expires_at: time,
    user: userOfLogin,
  }),
).openapi("ProvisioningLogin");

export const refreshAnswer = succeeded(
  z.object({
    token: z.string(),
    expires_at: time,
    refresh_token: z.string().optional(),
    refresh_expires_at: time.optional(),
  }),
).openapi("ProvisioningRefresh");

export const enrolmentAnswer = succeeded(
  z.object({ secret: z.string(), otpauth_url: z.string(), qr_svg: z.string() }),
).openapi("ProvisioningEnrolment");

export const backupCodesAnswer = succeeded(z.object({ backup_codes: z.array(z.string()) })).openapi(
  "ProvisioningBackupCodes",
);

const newUser = userOfLogin.extend({ enabled: z.boolean() });

export const newUserAnswer = succeeded(newUser).openapi("ProvisioningNewUser");

const user = newUser.extend({ created_at: time, last_login: time.nullable() });

export const userAnswer = succeeded(user).openapi("ProvisioningUser");
export const usersAnswer = succeeded(z.array(user)).openapi("ProvisioningUsers");
