// The 001 document's error form: what was expected, what came, and under which field.
import { beforeAll, describe, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { admin } from "#test/builders/users.ts";

const API = "/api/v1";
const WORKLOAD = { name: "web-app", type: "deployment", image: "nginx:latest" };

describe("the 001 dialect", () => {
  let by: Client;

  beforeAll(async () => {
    by = await admin();
  });

  test.each([
    {
      what: "no name",
      method: "POST",
      path: "/nodes",
      sent: { json: { address: "a" } },
      status: 400,
      problem: { code: "BAD_REQUEST", details: { name: expect.any(String) } },
    },
    {
      what: "an unknown node",
      method: "GET",
      path: "/nodes/none",
      sent: {},
      status: 404,
      problem: { code: "NOT_FOUND", details: {} },
    },
    {
      what: "an unknown path",
      method: "GET",
      path: "/nodes/none/none/none",
      sent: {},
      status: 404,
      problem: { code: "NOT_FOUND" },
    },
    {
      what: "an unknown workload",
      method: "POST",
      path: "/workloads/none/deploy",
      sent: { json: { nodes: ["none"], strategy: "rolling" } },
      status: 404,
      problem: { code: "NOT_FOUND" },
    },
    {
      what: "an unknown placement strategy",
      method: "POST",
      path: "/workloads",
      sent: { json: { ...WORKLOAD, placement: { strategy: "nearest" } } },
      status: 400,
      problem: { code: "BAD_REQUEST", details: { "placement.strategy": expect.any(String) } },
    },
    {
      what: "an amount that is none",
      method: "POST",
      path: "/workloads",
      sent: { json: { ...WORKLOAD, resources: { requests: { cpu: "much" } } } },
      status: 400,
      problem: { details: { "resources.requests.cpu": expect.stringContaining("100m") } },
    },
    {
      what: "a schedule of a deployment",
      method: "POST",
      path: "/workloads",
      sent: { json: { ...WORKLOAD, schedule: "* * * * *" } },
      status: 400,
      problem: { details: { schedule: expect.stringContaining("cronjob") } },
    },
    {
      what: "a token for no node",
      method: "POST",
      path: "/security/tokens",
      sent: { json: { node_id: "none" } },
      status: 404,
      problem: { code: "NOT_FOUND" },
    },
  ])("refuses $what", async ({ method, path, sent, status, problem }) => {
    const answer = await by.send(method, `${API}${path}`, sent);
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { error: true, message: expect.any(String), ...problem },
    ]);
  });

  test("asks for a token", async () => {
    const { status, body } = await nobody.get(`${API}/nodes`);
    expect([status, body]).toMatchObject([401, { error: true, code: "UNAUTHORIZED" }]);
  });
});
