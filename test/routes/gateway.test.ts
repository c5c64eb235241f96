// What a guest reaches of the network: nothing, or through its gateway what its limits name. The server beside the tests
// stands for all that a guest could want on this machine.
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, inject, test } from "vitest";
import { ORIGIN } from "#test/builders/client.ts";
import type { Json } from "#test/builders/client.ts";
import { eventually, serve } from "#test/builders/deployments.ts";
import { MODULES, module, registration, upload } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { ADMIN, login } from "#test/builders/users.ts";
import { runnerOf } from "#stores/objects.ts";
import { courier } from "#test/examples/bytes.ts";

const { host } = inject("registry");
const [, port = ""] = host.split(":");
let region = "";
let nodeId = "";
let token = "";

beforeAll(async () => {
  const placed = await place(1);
  region = placed.region;
  [nodeId = ""] = placed.nodes;
  token = (await login(ADMIN)).body.token;
});

async function guest(limits: Json): Promise<string> {
  const id = await module(courier, { limits });
  await serve(id, region);
  return id;
}

async function fetched(id: string, url: string): Promise<[number, string]> {
  const response = await exports.default.fetch(
    new Request(`${ORIGIN}${MODULES}/${id}/http/fetch?${url}`, {
      headers: { Authorization: `Bearer ${token}` },
    }),
  );
  return [response.status, await response.text()];
}

test("denies every request of a guest without a network", async () => {
  const id = await guest({});
  expect(await fetched(id, `http:${host}/token`)).toEqual([502, "There was no answer.\n"]);
});

test("lets a guest reach a host that its list names, and no other", async () => {
  const id = await guest({ networkAccess: "AllowList", allowedHosts: [host] });
  expect(await fetched(id, `http:${host}/token?anonymous%2F`)).toEqual([200, '{"token":"good"}']);
  const [status, why] = await fetched(id, "example.com/");
  expect([status, why]).toEqual([403, "example.com is not among allowedHosts.\n"]);
});

test("gives a redirect to the guest instead of following it", async () => {
  const id = await guest({ networkAccess: "AllowList", allowedHosts: [host] });
  expect((await fetched(id, `http:${host}/v2/loop/x/blobs/y`))[0]).toBe(307);
});

test("refuses a private address in every spelling, even to a guest of the whole internet", async () => {
  const id = await guest({ networkAccess: "Unrestricted" });
  const spellings = [
    host,
    `localhost:${port}`,
    `2130706433:${port}`,
    `0x7f.1:${port}`,
    `017700000001:${port}`,
    `0.0.0.0:${port}`,
    `[::1]:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `169.254.169.254`,
    `metadata.google.internal`,
  ];
  for (const spelling of spellings) {
    const [status, why] = await fetched(id, `http:${spelling}/token`);
    expect([spelling, status, why]).toEqual([spelling, 403, expect.stringContaining("public")]);
  }
});

test("refuses a list with an entry that can't allow anything", async () => {
  const limits = { networkAccess: "AllowList", allowedHosts: ["https://example.com/path"] };
  const { status, body } = await upload(registration(courier, { limits }));
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("expected a host")]);
});

test("counts what passed and what was refused", async () => {
  const id = await guest({ networkAccess: "AllowList", allowedHosts: [host] });
  await fetched(id, `http:${host}/token?anonymous%2F`);
  await fetched(id, "example.com/");
  const told = await eventually(
    () =>
      runInDurableObject(runnerOf(env, nodeId), (_, { storage }) =>
        JSON.stringify(
          storage.sql.exec("select tally from counters where module_id = ?", id).toArray(),
        ),
      ),
    (tally) => tally.includes('\\"requests\\":1,\\"refused\\":1'),
  );
  expect(told).toContain(String.raw`\"receivedBytes\":16`);
});
