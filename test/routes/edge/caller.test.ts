// `caller` in place of a region: what Cloudflare tells of a request stands in its `cf`.
import { exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { module } from "#test/builders/modules.ts";
import { unique, user } from "#test/builders/users.ts";

let token = "";

beforeAll(async () => {
  token = (await user("Developer")).token ?? "";
});

async function regionFor(cf: Record<string, string>): Promise<string | null> {
  const image = unique("module");
  await module(undefined, { name: image });
  const placement = { strategy: "edge-first", region: "caller" };
  const given = { name: unique("near"), namespace: unique("space"), type: "deployment" };
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ ...given, image, placement });
  const request = new Request("https://edgeloom.test/api/v1/workloads", {
    method: "POST",
    headers,
    body,
    cf,
  });
  const created = await exports.default.fetch(request);
  expect(created.status).toBe(201);
  const { id } = await created.json<{ id: string }>();
  const got = await exports.default.fetch(`https://edgeloom.test/api/v1/workloads/${id}`, {
    headers,
  });
  const { placement: kept } = await got.json<{ placement: { region: string | null } }>();
  return kept.region;
}

test("a workload is placed near whoever creates it", async () => {
  expect(await regionFor({ latitude: "52.52", longitude: "13.41" })).toBe("eu-central");
  expect(await regionFor({ latitude: "-36.85", longitude: "174.76" })).toBe("oc-east");
});

test("and near nothing where nobody tells where that is", async () => {
  expect(await regionFor({ country: "XX" })).toBeNull();
});
