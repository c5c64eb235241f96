// Images: what they name, and what is pulled from a registry that can be trusted as little as its bytes.
import { env } from "cloudflare:workers";
import { describe, expect, inject, test } from "vitest";
import { resolveImage } from "#control/oci.ts";
import { parseImage } from "#domain/image.ts";
import { serverWith } from "#test/builders/client.ts";
import { eventually, execute } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, unique } from "#test/builders/users.ts";

const { host, manifestDigest } = inject("registry");
const real = inject("dockerRegistry");
const HEX = "a".repeat(64);
const by = () => ({
  principal: { username: "tester", role: "Developer" } as const,
  now: Date.now(),
});

function pull(image: string, bindings: Partial<Env> = {}) {
  const allowed = { OCI_ALLOWED_HOSTS: `http://${host} http://${real ?? host}` };
  return resolveImage({ ...env, ...allowed, ...bindings }, image, by());
}

describe("an image", () => {
  test.each([
    ["web-app:1.2.0", { type: "module", name: "web-app", version: "1.2.0", digest: null }],
    ["web-app", { type: "module", name: "web-app", version: null, digest: null }],
    ["web-app:latest", { type: "module", version: null }],
    [`web-app@sha256:${HEX}`, { type: "module", version: null, digest: `sha256:${HEX}` }],
    ["ghcr.io/acme/app:v1", { type: "oci", host: "ghcr.io", repository: "acme/app", tag: "v1" }],
    ["localhost/app", { type: "oci", host: "localhost", repository: "app", tag: null }],
    ["[::1]:5000/app:1", { type: "oci", host: "[::1]:5000", repository: "app", tag: "1" }],
    [`r.io:5000/a@sha256:${HEX}`, { type: "oci", host: "r.io:5000", digest: `sha256:${HEX}` }],
    ["library/nginx:1.0.0", { fault: expect.stringContaining("host") }],
    ["web-app:one", { fault: expect.any(String) }],
    ["ghcr.io/acme/App:1", { fault: expect.any(String) }],
    ["ghcr.io/../etc:1", { fault: expect.any(String) }],
    ["app@sha512:00", { fault: expect.stringContaining("sha256") }],
    ["", { fault: expect.any(String) }],
  ])("%s is read as it is meant", (text, expected) => {
    expect(parseImage(text)).toMatchObject(expected);
  });

  test("names a registered version, or the newest that is Active", async () => {
    const name = unique("web");
    await module(undefined, { name, version: "1.0.0" });
    const newest = await module(undefined, { name, version: "1.1.0" });
    expect((await pull(`${name}:1.0.0`)).version).toBe("1.0.0");
    const found = await pull(name);
    expect(found.id).toBe(newest);
    expect((await pull(`${name}@sha256:${found.digest}`)).id).toBe(newest);
  });

  test("that names nothing is refused with what to do", async () => {
    await expect(pull("nginx:latest")).rejects.toMatchObject({
      code: "MODULE_NOT_FOUND",
      message: expect.stringContaining("Container images don't run here"),
    });
  });
});

describe("an artifact", () => {
  test("is registered by its last name and tag, and pulled again it is the same module", async () => {
    const first = await pull(`${host}/plain/some-app:v1.2.0`);
    expect([first.id, first.status]).toEqual(["some-app-v1.2.0", "Active"]);
    const again = await pull(`${host}/plain/some-app:v1.2.0`);
    expect(again).toMatchObject({ id: first.id, registeredAt: first.registeredAt });
  });

  test("gets its version from its digest when the tag is none", async () => {
    const found = await pull(`${host}/plain/other-app:stable`);
    expect(found.version).toBe(`0.0.0-sha256-${found.digest.slice(0, 16)}`);
    const pinned = await pull(`${host}/plain/other-app@${manifestDigest}`);
    expect(pinned.id).toBe(found.id);
  });

  test("comes out of an index by its platform", async () => {
    expect((await pull(`${host}/index/multi:2.0.0`)).id).toBe("multi-v2.0.0");
  });

  test("is pulled with an anonymous token", async () => {
    const answer = await pull(`${host}/anonymous/free:1.0.0`).catch((fault: unknown) => fault);
    expect(answer).toMatchObject({ id: "free-v1.0.0" });
  });

  test("is pulled with the secret's credentials, and not without", async () => {
    const image = `${host}/private/hidden:1.0.0`;
    await expect(pull(image)).rejects.toMatchObject({ code: "FORBIDDEN" });
    const auths = { [host]: { auth: btoa("robot:secret") } };
    const found = await pull(image, { EDGELOOM_OCI_CREDENTIALS: JSON.stringify({ auths }) });
    expect(found.id).toBe("hidden-v1.0.0");
  });

  test.each([
    {
      what: "a container image",
      path: "container/a:1.0.0",
      code: "VALIDATION_ERROR",
      message: /Container images/,
    },
    {
      what: "no platform of ours",
      path: "linux/a:1.0.0",
      code: "VALIDATION_ERROR",
      message: /linux\/amd64/,
    },
    {
      what: "other bytes than promised",
      path: "forged/a:1.0.0",
      code: "UNAVAILABLE",
      message: /promised sha256/,
    },
    {
      what: "more bytes than promised",
      path: "long/a:1.0.0",
      code: "PAYLOAD_TOO_LARGE",
      message: /more than/,
    },
    {
      what: "a redirect to a private address",
      path: "inward/a:1.0.0",
      code: "FORBIDDEN",
      message: /localhost:1/,
    },
    {
      what: "redirects without end",
      path: "loop/a:1.0.0",
      code: "UNAVAILABLE",
      message: /redirects/,
    },
    { what: "an unknown name", path: "none/a:1.0.0", code: "NOT_FOUND", message: /knows no such/ },
  ])("is refused for $what", async ({ path, code, message }) => {
    const refused = { code, message: expect.stringMatching(message) };
    await expect(pull(`${host}/${path}`)).rejects.toMatchObject(refused);
  });

  test.each(["*", "", "*.0.0.1", "https://127.0.0.1"])(
    "of a private address is not asked for while the list is %j",
    async (OCI_ALLOWED_HOSTS) => {
      const asked = pull(`${host}/plain/x:1.0.0`, { OCI_ALLOWED_HOSTS });
      await expect(asked).rejects.toMatchObject({ code: "FORBIDDEN" });
    },
  );

  test.skipIf(real === null)("is pulled from a real registry", async () => {
    expect((await pull(`${real}/acme/real-app:1.4.0`)).id).toBe("real-app-v1.4.0");
  });
});

describe("a workload's image", () => {
  const at = async () => {
    const hosts = { OCI_ALLOWED_HOSTS: `http://${host} http://${real ?? host}` };
    return (await admin()).at(serverWith(hosts));
  };
  const create = async (image: string) => {
    const { region } = await place(1);
    const constraints = [{ key: "region", operator: "In", values: [region] }];
    const body = { name: unique("pulled"), type: "deployment", image, placement: { constraints } };
    return (await at()).post<{ id: string; message: string }>("/api/v1/workloads", body);
  };

  test("of a registry is pulled, registered and called where it runs", async () => {
    const image = real === null ? `${host}/plain/web-app:3.0.0` : `${real}/acme/real-app:1.4.0`;
    const { status, body } = await create(image);
    expect([status, body]).toMatchObject([201, { status: "created" }]);
    const running = await eventually(
      async () => (await at()).get(`/api/v1/workloads/${body.id}`),
      (told) => told.body["status"] === "running",
    );
    const module = real === null ? "web-app-v3.0.0" : "real-app-v1.4.0";
    expect(running.body).toMatchObject({ image, module, ready_replicas: 1 });
    const call = { moduleId: module, functionName: "echo", parameters: { hi: 1 } };
    const answered = await eventually(
      () => execute(call),
      (answer) => answer.status === 200,
    );
    expect(answered.body).toMatchObject({ success: true, returnValue: '{"hi":1}' });
  });

  test.each([
    { what: "a container image", path: "container/a:1.0.0", status: 400, says: /Container images/ },
    {
      what: "a name that the registry doesn't know",
      path: "none/a:1.0.0",
      status: 404,
      says: /no such/,
    },
  ])("that is $what is refused with the reason", async ({ path, status, says }) => {
    const refused = await create(`${host}/${path}`);
    expect([refused.status, refused.body]).toMatchObject([
      status,
      { error: true, message: expect.stringMatching(says) },
    ]);
  });
});
