// The first user, where there is nobody yet.
import { expect, test } from "vitest";
import { nobody, serverWith } from "#test/builders/client.ts";
import type { Problem } from "#test/builders/client.ts";
import { ADMIN, login } from "#test/builders/users.ts";

const LOGIN = "/api/v1/authentication/login";

test("without the admin's secrets nobody logs in, and the answer says which to set", async () => {
  const server = serverWith({ EDGELOOM_ADMIN_USER: "", EDGELOOM_ADMIN_PASSWORD: "" });
  const { status, body } = await nobody.at(server).post<Problem>(LOGIN, ADMIN);
  expect([status, body.error.code]).toEqual([503, "UNAVAILABLE"]);
  expect(body.error.message).toContain("EDGELOOM_ADMIN_PASSWORD");
});

test("the name in the secrets becomes an Admin at its first login, and keeps its password then", async () => {
  expect((await login(ADMIN)).body.user.role).toBe("Admin");
  const server = serverWith({ EDGELOOM_ADMIN_USER: "", EDGELOOM_ADMIN_PASSWORD: "" });
  expect((await nobody.at(server).post(LOGIN, ADMIN)).status).toBe(200);
});
