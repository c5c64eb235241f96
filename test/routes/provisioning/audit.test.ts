// The ledger as it is asked for: found by each filter, exported, and walked.
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { ledgerOf } from "#stores/objects.ts";
import type { Json } from "#test/builders/client.ts";
import { module } from "#test/builders/modules.ts";
import type { Enveloped } from "#test/builders/runs.ts";
import { logIn } from "#test/builders/sessions.ts";
import { admin, user } from "#test/builders/users.ts";

type Entry = {
  readonly id: string;
  readonly user_id: string;
  readonly action: string;
  readonly resource: string;
  readonly result: string;
  readonly details: { readonly actor: string; readonly sequence: number };
};

async function find(query: string): Promise<Entry[]> {
  const { body } = await (await admin()).get<Enveloped<Entry[]>>(`/audit/logs?${query}`);
  return body.data;
}

test("a change is found by each filter, as the document shows an entry", async () => {
  const from = new Date(Date.now() - 1).toISOString();
  const id = await module();
  const [entry, ...others] = await find(
    `action=module.register&resource=modules/${id}&from=${from}`,
  );
  expect([others, entry]).toEqual([
    [],
    {
      id: expect.any(String),
      timestamp: expect.stringMatching(/Z$/),
      user_id: expect.any(String),
      action: "module.register",
      resource: expect.stringMatching(/^modules\//),
      result: "success",
      details: expect.objectContaining({ sequence: expect.any(Number) }),
    },
  ]);
  const { user_id = "", details } = entry ?? {};
  expect((await find(`user_id=${user_id}`)).map((one) => one.id)).toContain(entry?.id);
  expect((await find(`user_id=${details?.actor}`)).map((one) => one.id)).toContain(entry?.id);
  expect(await find(`resource=modules/${id}&to=${from}`)).toEqual([]);
  expect(await find(`resource=modules/${id}&result=refused`)).toEqual([]);
});

test("entries come in pages, newest first, with the total", async () => {
  const by = await admin();
  const { body, headers } = await by.get<Enveloped<Entry[]>>("/audit/logs?limit=2");
  const [one, other] = body.data.map(({ details }) => details.sequence);
  expect((one ?? 0) - (other ?? 0)).toBe(1);
  expect(Number(headers.get("X-Total-Count"))).toBeGreaterThan(2);
});

test.each(["from=yesterday", "result=maybe", "limit=0"])("?%s is refused", async (query) => {
  expect((await (await admin()).get(`/audit/logs?${query}`)).status).toBe(400);
});

test("an export has every entry, oldest first, a line each", async () => {
  const by = await user("Auditor");
  const { body } = await by.get<{ text: string }>("/audit/export");
  const sequences = body.text
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as Entry).details.sequence);
  expect(sequences).toEqual(sequences.map((_, place) => place + 1));
});

test("an export as CSV has a row for each entry, and none of a stranger's formulas", async () => {
  const name = '=HYPERLINK("https://evil.example","a,b")';
  await (
    await admin()
  ).post("/users", {
    username: name,
    email: "x@example.com",
    password: "long enough",
    roles: ["viewer"],
  });
  await logIn({ username: name, password: "long enough" });
  const by = await user("Auditor");
  const { body, headers } = await by.get<{ text: string }>("/audit/export?format=csv");
  expect(headers.get("Content-Type")).toMatch(/^text\/csv/);
  const [head = "", ...rows] = body.text.trimEnd().split("\r\n");
  expect(head.split(",").slice(0, 3)).toEqual(["sequence", "id", "timestamp"]);
  expect(rows.map((row) => Number(row.split(",")[0]))).toEqual(rows.map((_, place) => place + 1));
  const escaped = `"'${name.replaceAll('"', '""')}"`;
  expect(rows.some((row) => row.includes(escaped))).toBe(true);
  expect(body.text).not.toMatch(/(^|,)"?[=+@]/m);
});

test("a chain that somebody changed is named at the entry that is broken", async () => {
  const by = await admin();
  const whole = await by.get<Enveloped<Json>>("/audit/verify");
  expect(whole.body.data).toMatchObject({ valid: true, broken: null });
  await runInDurableObject(ledgerOf(env), (_, { storage }) => {
    storage.sql.exec(
      "update links set body = replace(body, 'success', 'refused') where sequence = 2",
    );
  });
  const changed = await by.get<Enveloped<Json>>("/audit/verify");
  expect(changed.body.data).toMatchObject({ valid: false, entries: 1, broken: { sequence: 2 } });
});
