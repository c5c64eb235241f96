// Secrets of a lattice: written over HTTP, never read there, and given to the components whose manifests name them.
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { sweepModels } from "#control/models.ts";
import type { Json } from "#test/builders/client.ts";
import { ledgerEntries } from "#test/builders/ledger.ts";
import { component, link, manifest, provider, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { user } from "#test/builders/users.ts";
import { becomes, openHttp, visit } from "#test/builders/wadm.ts";
import type { Ask } from "#test/builders/wadm.ts";
import { postbox } from "#test/examples/bytes.ts";
import { database } from "#stores/database.ts";
import { latticeSecrets } from "#stores/schema.ts";

const TYPE = "policy.secret.wasmcloud.dev/v1alpha1";
const OURS = { name: "vault", type: TYPE, properties: { backend: "edgeloom" } };

describe("a lattice's secrets", () => {
  let ask: Ask;
  let lattice: string;
  let of: { image: string; region: string };
  beforeAll(async () => {
    ({ ask, lattice } = await openHttp());
    const { region } = await place(1);
    of = { image: await module(postbox), region };
  });
  const application = (properties: Json, policies: Json[] = [OURS]) =>
    manifest(
      [
        component("box", {
          ...of,
          links: [link("store", "wasi:blobstore/blobstore")],
          properties: { secrets: [{ name: "seal", properties }] },
        }),
        provider("store", "blobstore"),
        server("box"),
      ],
      { policies },
    );
  const deploy = async (text: string, type: string) => {
    await ask("put", null, text);
    await ask("deploy", "app");
    return (await becomes(ask, "app", type)).status.message;
  };
  const put = async (name: string, body: Json) =>
    (await user("Developer")).send("PUT", `/wadm/api/${lattice}/secrets/${name}`, { json: body });
  const letter = async (seal: string) =>
    (await visit(`${lattice}:8000`, `letter?${seal}`, { method: "PUT", body: "Dear," })).status;

  test("that a manifest names are waited for, and given by its name to the component alone", async () => {
    const text = application({ policy: "vault", key: "stamps" });
    expect(await deploy(text, "failed")).toBe(`Lattice ${lattice} has no secret stamps.`);
    expect(await put("stamps", { value: "red" })).toMatchObject({
      status: 200,
      body: { result: "ok", message: "Secret stamps is kept." },
    });
    await sweepModels(env);
    await becomes(ask, "app", "deployed");
    expect(await letter("red")).toBe(200);
    expect(await letter("blue")).toBe(403);
  });

  test("are what they are now, at the next call", async () => {
    await put("stamps", { value: "blue" });
    expect(await letter("blue")).toBe(200);
    expect(await letter("red")).toBe(403);
  });

  test("may be bytes, and are no text then", async () => {
    const bytes = new TextEncoder().encode("violet").toBase64();
    expect(await put("stamps", { bytes })).toMatchObject({ status: 200 });
    expect(await letter("violet")).toBe(200);
    expect(await letter(bytes)).toBe(403);
    expect(await put("stamps", { bytes: "no base64" })).toMatchObject({ status: 400 });
  });

  test("may have fields, of which one is named", async () => {
    await put("stamps", { fields: { colour: "green" } });
    const whole = application({ policy: "vault", key: "stamps" });
    expect(await deploy(whole, "failed")).toBe("The secret stamps has fields: name one of them.");
    const field = application({ policy: "vault", key: "stamps", field: "size" });
    expect(await deploy(field, "failed")).toBe("The secret stamps has no field size.");
    await deploy(application({ policy: "vault", key: "stamps", field: "colour" }), "deployed");
    expect(await letter("green")).toBe(200);
  });

  test("are told by name alone, sealed where they are kept, and in the ledger without their value", async () => {
    const viewer = await user("Operator");
    const { body, status } = await viewer.get<{ secrets: Json[] }>(`/wadm/api/${lattice}/secrets`);
    expect([status, body.secrets.map(({ name }) => name)]).toEqual([200, ["stamps"]]);
    expect(JSON.stringify(body)).not.toContain("green");
    const rows = await database(env)
      .select()
      .from(latticeSecrets)
      .where(eq(latticeSecrets.lattice, lattice));
    expect(JSON.stringify(rows)).not.toContain("green");
    const entries = (await ledgerEntries()).filter(({ resource }) => resource === "secrets:stamps");
    expect(entries.map(({ action }) => action)).toContain("secret:change");
    expect(JSON.stringify(entries)).not.toContain("green");
  });

  test("are removed, and then not there", async () => {
    const developer = await user("Developer");
    const path = `/wadm/api/${lattice}/secrets/stamps`;
    expect(await developer.send("DELETE", path)).toMatchObject({ status: 200 });
    expect(await developer.send("DELETE", path)).toMatchObject({
      status: 404,
      body: { result: "notfound", message: `Lattice ${lattice} has no secret stamps.` },
    });
    // The component is told that there is none, as one that never had one.
    expect(await letter("anything")).toBe(200);
  });

  test("of another backend, and in a version, fail with the reason", async () => {
    const vault = { ...OURS, properties: { backend: "vault" } };
    const foreign = application({ policy: "vault", key: "stamps" }, [vault]);
    expect(await deploy(foreign, "failed")).toBe(
      'The secret seal can\'t be had: the backend of its policy vault is "vault", and only edgeloom is offered here.',
    );
    const old = application({ policy: "vault", key: "stamps", version: "1" });
    expect(await deploy(old, "failed")).toContain("can't be had in version 1");
  });

  test("of a policy that is not in the manifest refuse it, with the place", async () => {
    const text = application({ policy: "nowhere", key: "stamps" });
    expect(await ask("put", null, text)).toMatchObject({
      result: "error",
      message: expect.stringContaining(
        "spec.components[0].properties.secrets[0].properties.policy: no policy of type",
      ),
    });
  });
});
