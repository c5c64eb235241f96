// Wire → domain for the 003 document: every request is parsed here, from unknown to a domain type or a fault.
import { z } from "@hono/zod-openapi";
import { pageQuery } from "./page.ts";
import { ROLE_WORDS, roleOf } from "./role.ts";

const role = z.enum(ROLE_WORDS).transform(roleOf);
const username = z.string().min(1).max(254);
const password = z.string().min(8).max(1024);
const email = z.email().max(254);
const roles = z
  .array(role)
  .min(1, "expected at least one role")
  .max(ROLE_WORDS.length)
  .transform((given) => [...new Set(given)]);

export const loginBody = z
  .strictObject({
    username: username.openapi({ example: "admin" }),
    password: z.string().min(1).max(1024).openapi({ example: "secure_password" }),
    mfa_code: z.string().min(1).max(64).optional().openapi({ example: "123456" }),
  })
  .transform(({ mfa_code: mfaCode, ...given }) => ({ ...given, mfaCode }));

const token = z.string().min(1).max(8192);

/** The document's `token` is the current access token; `refresh_token` is good once, and for longer. */
export const refreshBody = z.union([
  z.strictObject({ token }),
  z.strictObject({ refresh_token: token }),
]);

export const passwordBody = z.strictObject({ password: z.string().min(1).max(1024) });
export const codeBody = z.strictObject({ mfa_code: z.string().min(1).max(64) });
export const disableBody = passwordBody.extend(codeBody.shape);

export const idParam = z.object({ id: z.string().min(1).max(128) });

const flag = z.enum(["true", "false"]).transform((given) => given === "true");

export const userQuery = z.object({
  role: role.optional(),
  enabled: flag.optional(),
  ...pageQuery,
});

export const newUserBody = z.strictObject({
  username,
  email: email.optional(),
  password,
  roles,
  enabled: z.boolean().default(true),
});

export const userChangeBody = z
  .strictObject({ email: email.nullable(), roles, enabled: z.boolean(), password })
  .partial()
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    message: "expected at least one of email, roles, enabled, password",
  });
