// What the ledger hears of requests: every change and every refusal, no read, no call, and no secret.
import { describe, expect, test } from "vitest";
import { ORIGIN, nobody } from "#test/builders/client.ts";
import type { Answer } from "#test/builders/client.ts";
import { eventually, events, serve } from "#test/builders/deployments.ts";
import { ledgerEntries, recordedOf } from "#test/builders/ledger.ts";
import { module } from "#test/builders/modules.ts";
import { NODES, place, registerNode } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";

const idOf = ({ headers }: Answer<unknown>): string | null => headers.get("X-Request-Id");

describe("the ledger", () => {
  test("has a change before its answer is there", async () => {
    const by = await admin();
    const { body } = await registerNode();
    const answer = await by.send("DELETE", `${NODES}/${body.nodeId}`, {
      headers: { "CF-Connecting-IP": "192.0.2.7" },
    });
    expect(await recordedOf(idOf(answer))).toEqual([
      expect.objectContaining({
        actor: by.username,
        action: "node:change",
        resource: `nodes:${body.nodeId}`,
        result: "success",
        reason: null,
        evidence: {
          method: "DELETE",
          path: `${NODES}/${body.nodeId}`,
          rule: "role Admin",
          status: 204,
        },
        address: "192.0.2.7",
      }),
    ]);
  });

  test("tells why a change failed", async () => {
    const answer = await (await admin()).send("DELETE", `${NODES}/none`);
    expect(await recordedOf(idOf(answer))).toMatchObject([
      { resource: "nodes:none", result: "failure", reason: expect.stringMatching(/^NOT_FOUND: /) },
    ]);
  });

  test("tells what the body lacked, and nothing that stood in it", async () => {
    const body = { username: "", password: "hunter2-hunter2", role: "Owner" };
    const answer = await (await admin()).post("/api/v1/authentication/users", body);
    const entries = await recordedOf(idOf(answer));
    expect(entries).toMatchObject([{ action: "user:create", result: "failure" }]);
    expect(JSON.stringify(entries)).not.toContain("hunter2");
  });

  test("has who was refused for the role", async () => {
    const by = await user("Viewer");
    const answer = await by.post(NODES, {});
    expect(await recordedOf(idOf(answer))).toMatchObject([
      {
        actor: by.username,
        action: "node:register",
        resource: "nodes:*",
        result: "refused",
        reason: expect.stringContaining("needs the role Admin"),
      },
    ]);
  });

  test("has who was refused without a valid token, and not the token", async () => {
    const answer = await nobody.send("GET", NODES, {
      headers: { Authorization: "Bearer eyJh.eyJz.c2ln" },
    });
    const entries = await recordedOf(idOf(answer));
    expect(entries).toMatchObject([{ actor: null, action: "token:present", result: "refused" }]);
    expect(JSON.stringify(entries)).not.toContain("eyJz");
  });

  test("hears of no read", async () => {
    const by = await admin();
    expect(await recordedOf(idOf(await by.get(NODES)))).toEqual([]);
    expect(await recordedOf(idOf(await by.get(`${NODES}/none`)))).toEqual([]);
  });

  test("hears of no call", async () => {
    const call = { moduleId: "none", functionName: "f", parameters: [] };
    const answer = await (await admin()).post("/api/v1/wasm/execute", call);
    expect(answer.status).toBe(404);
    expect(await recordedOf(idOf(answer))).toEqual([]);
  });

  test("has each transition of a rollout once, with who and why", async () => {
    const { region } = await place(1);
    const { deploymentId } = await serve(await module(), region);
    const reasons = (await events(deploymentId)).map(({ reason }) => reason);
    expect(reasons.length).toBeGreaterThan(3);
    const recorded = await eventually(
      async () =>
        (await ledgerEntries())
          .filter(({ resource }) => resource === `deployments:${deploymentId}`)
          .filter(({ action }) => action === "deployment:transition"),
      ({ length }) => length >= reasons.length,
    );
    expect(recorded.map(({ reason }) => reason)).toEqual(reasons);
  });

  test("knows a resource by one name, however its path is written", async () => {
    const by = await user("Viewer");
    const name = unique("node");
    const encoded = name.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    const answer = await by.send("DELETE", `${NODES}/${encoded}`);
    expect(new URL(`${ORIGIN}${NODES}/${encoded}`).pathname).toContain("%");
    expect(await recordedOf(idOf(answer))).toMatchObject([{ resource: `nodes:${name}` }]);
  });
});
