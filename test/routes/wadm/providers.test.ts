// An application of two components with a link to keyvalue and one to an HTTP server, deployed from YAML and called by the
// public: what the platform provides in place of capability providers, with what each link grants and no more.
import { evictDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { ORIGIN } from "#test/builders/client.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { unique, user } from "#test/builders/users.ts";
import { TRANSPORTS } from "#test/builders/wadm.ts";
import type { Ask, Transport } from "#test/builders/wadm.ts";
import { counter, courier } from "#test/examples/bytes.ts";
import { keyvalueOf } from "#stores/objects.ts";

type Standing = { type: string; message: string };
type Status = {
  status: Standing;
  components: { name: string; status: Standing; traits: { name: string; status: Standing }[] }[];
};

const application = (of: { images: string[]; region: string; name?: string; port?: number }) => `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: ${of.name ?? "shop"} }
spec:
  components:
    - name: counter
      type: component
      properties:
        image: ${of.images[0]}
        config: [{ name: words, properties: { greeting: Visits } }]
      traits:
        - type: spreadscaler
          properties: { instances: 1, spread: [{ name: here, requirements: { region: ${of.region} } }] }
        - type: link
          properties:
            target: { name: store, config: [{ name: bucket, properties: { bucket: counts } }] }
            namespace: wasi
            package: keyvalue
            interfaces: [store, atomics]
    - name: front
      type: component
      properties: { image: "${of.images[1]}" }
      traits:
        - type: spreadscaler
          properties: { instances: 1, spread: [{ name: here, requirements: { region: ${of.region} } }] }
        - type: link
          properties: { target: counter, namespace: wasi, package: http, interfaces: [incoming-handler] }
    - name: store
      type: capability
      properties: { image: "ghcr.io/wasmcloud/keyvalue-nats:0.3.1" }
    - name: server
      type: capability
      properties: { image: "ghcr.io/wasmcloud/http-server:0.23.0" }
      traits:
        - type: link
          properties:
            target: front
            namespace: wasi
            package: http
            interfaces: [incoming-handler]
            source: { config: [{ name: address, properties: { address: "0.0.0.0:${of.port ?? 8080}" } }] }
`;

const MESSAGING = `        - type: link
          properties: { target: broker, namespace: wasmcloud, package: messaging, interfaces: [consumer] }
$1            target: { name: store`;
const BROKER = `    - name: broker
      type: capability
      properties: { image: "ghcr.io/wasmcloud/messaging-nats:0.24.0" }
    - name: store
`;

function visit(path: string): Promise<Response> {
  const headers = { "CF-Connecting-IP": unique("address") };
  return exports.default.fetch(new Request(`${ORIGIN}/run/${path}`, { headers }));
}

describe("an application with links", () => {
  let ask: Ask;
  let lattice: string;
  let given: { images: string[]; region: string };
  beforeAll(async () => {
    // Both transports answer the same; this is of what runs.
    const [, http] = TRANSPORTS as [Transport, Transport];
    ({ ask, lattice } = await http.open());
    const { region } = await place(2);
    const images = await Promise.all([counter, courier].map((bytes) => module(bytes)));
    given = { region, images: images.map((id) => id.replace("-v", ":")) };
    await ask("put", null, application(given));
    await ask("deploy", "shop");
  });
  const status = (name = "shop") => ask<Status>("status", name);
  const becomes = (type: string, name = "shop") =>
    eventually(
      () => status(name),
      (told) => told.status.type === type,
    );
  const count = async () => {
    const response = await visit(`${lattice}:8080/fetch?http:counter/basket`);
    return [response.status, await response.text()];
  };
  const store = () => keyvalueOf(env, `${lattice}/shop-counter/shop-store/default`);

  test("is deployed with each of its parts and links", async () => {
    const { components } = await becomes("deployed");
    expect(components.map(({ name, traits }) => [name, traits.map((trait) => trait.name)])).toEqual(
      [
        ["counter", ["counter", "store"]],
        ["front", ["front", "counter"]],
        ["store", []],
        ["server", ["front"]],
      ],
    );
  });

  test("answers at its server's port through its linked component, which counts and greets by its config", async () => {
    expect(await count()).toEqual([200, "Visits 1\n"]);
    expect(await count()).toEqual([200, "Visits 2\n"]);
  });

  test("keeps its count over the loss of the process that holds it", async () => {
    await evictDurableObject(store());
    expect(await count()).toEqual([200, "Visits 3\n"]);
    expect(await store().perform("counts", { type: "list", after: 0 })).toEqual({
      type: "keys",
      keys: ["/basket"],
      isLast: true,
    });
  });

  test("tells the lattice's clients, by its link to messaging, and nobody in the orchestrator's name", async () => {
    const talkative = (subject: string) =>
      application({ ...given, name: "told", port: 8083 })
        .replace("greeting: Visits", `greeting: Visits, subject: ${subject}`)
        .replace("target: front\n", "target: counter\n")
        .replace(/( {8}- type: link\n {10}properties:\n) {12}target: \{ name: store/, MESSAGING)
        .replace("    - name: store\n", BROKER);
    const { token } = await user("Developer");
    const wire = await NatsWire.as(token, {}, `/nats/${lattice}`);
    wire.send("SUB visits.> 9\r\n");
    await wire.flush();
    await ask("put", null, talkative("visits.basket"));
    await ask("deploy", "told");
    await becomes("deployed", "told");
    expect(await (await visit(`${lattice}:8083/basket`)).text()).toBe("Visits 1\n");
    expect(await wire.until("Visits 1")).toContain("MSG visits.basket 9");
    await ask("put", null, talkative(`wadm.evt.${lattice}.manifest_published`));
    await ask("deploy", "told");
    await becomes("deployed", "told");
    const refused = await eventually(
      () => visit(`${lattice}:8083/basket`),
      ({ status }) => status === 502,
    );
    expect(await refused.text()).toContain("is the orchestrator's own.");
    await ask("del", "told", { delete_all: true });
  });

  test("lets no other application take its port, and says whose it is", async () => {
    await ask("put", null, application({ ...given, name: "other" }));
    await ask("deploy", "other");
    const told = await becomes("failed", "other");
    expect(told.status.message).toBe("Port 8080 of the lattice leads to shop-front already.");
    await ask("del", "other", { delete_all: true });
  });

  test("tells a component without its link that there is no store", async () => {
    const bare = application({ ...given, name: "bare", port: 8082 })
      .replace(
        / {8}- type: link\n {10}properties:\n {12}target: \{ name: store[^]*?atomics\]\n/,
        "",
      )
      .replace("target: front\n", "target: counter\n");
    await ask("put", null, bare);
    await ask("deploy", "bare");
    await becomes("deployed", "bare");
    const response = await visit(`${lattice}:8082/basket`);
    expect([response.status, await response.text()]).toEqual([503, "There is no store.\n"]);
    await ask("undeploy", "bare");
  });

  test("has no component that the public could ask by its own name", async () => {
    expect((await visit(`${lattice}%2Fshop-counter/basket`)).status).toBe(404);
  });

  test("counts on where it was, undeployed and deployed again", async () => {
    await ask("undeploy", "shop");
    await ask("deploy", "shop");
    await becomes("deployed");
    await eventually(count, ([code]) => code === 200);
    expect(await count()).toEqual([200, "Visits 5\n"]);
  });
});
