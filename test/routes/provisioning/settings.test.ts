// Settings documents: put, got, and refused where they say nothing that can be done.
import { describe, expect, test } from "vitest";
import { operator } from "#test/builders/runs.ts";
import type { Enveloped, Refusal } from "#test/builders/runs.ts";
import { user } from "#test/builders/users.ts";

describe("a settings document", () => {
  test("comes back as it was put, in YAML too", async () => {
    const by = await operator();
    const body = "infra:\n  lab:\n    servers:\n      - { name: lab-01, plan: 1xCPU-2 GB }\n";
    const headers = { "Content-Type": "application/yaml" };
    expect((await by.send("PUT", "/settings/lab.yaml", { body, headers })).status).toBe(200);
    const listed = await by.get<Enveloped<{ name: string }[]>>("/settings");
    expect(listed.body.data.map(({ name }) => name)).toContain("lab.yaml");
    expect((await by.send("DELETE", "/settings/lab.yaml")).status).toBe(200);
    expect((await by.get("/settings/lab.yaml")).status).toBe(404);
  });

  test.each<[string, string, string]>([
    ["that is no YAML", "infra: [", "can't be read"],
    ["with a key that nobody knows", "infra: {}\nsecrets: {}", "secrets"],
    ["with a plan that says nothing", "infra: {a: {servers: [{name: b, plan: c}]}}", "2xCPU-4 GB"],
  ])("%s is refused", async (_, body, error) => {
    const answer = await (
      await operator()
    ).send<Refusal>("PUT", "/settings/bad", { body, headers: { "Content-Type": "text/plain" } });
    expect([answer.status, answer.body.error]).toEqual([422, expect.stringContaining(error)]);
  });

  test("of a name that is none is refused", async () => {
    const by = await operator();
    const { status, body } = await by.send<Refusal>("PUT", "/settings/a%20b", { json: {} });
    expect([status, body.error]).toEqual([400, expect.stringContaining("name: expected letters")]);
  });

  test("is not a Viewer's to change", async () => {
    const by = await user("Viewer");
    const { status, body } = await by.send<Refusal>("PUT", "/settings/theirs", { json: {} });
    expect([status, body.success]).toEqual([403, false]);
  });
});
