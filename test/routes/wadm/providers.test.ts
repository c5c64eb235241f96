// An application of two components with a link to keyvalue and one to an HTTP server, called by the public:
// what the platform provides in place of capability providers, with what each link grants and no more.
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { component, link, manifest, provider, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { place } from "#test/builders/nodes.ts";
import { user } from "#test/builders/users.ts";
import { becomes, openHttp, visit } from "#test/builders/wadm.ts";
import type { Ask } from "#test/builders/wadm.ts";
import { counter, courier } from "#test/examples/bytes.ts";
import { keyvalueOf } from "#stores/objects.ts";

const STORE = link("store", "wasi:keyvalue/store,atomics", { target: { bucket: "counts" } });
const BROKER = link("broker", "wasmcloud:messaging/consumer");

describe("an application with links", () => {
  let ask: Ask;
  let lattice: string;
  let images: string[];
  let region: string;
  beforeAll(async () => {
    ({ ask, lattice } = await openHttp());
    ({ region } = await place(2));
    images = await Promise.all([counter, courier].map((bytes) => module(bytes)));
    await deploy("shop", {});
  });
  /** A counter, and what stands before it; the server leads to `at`. */
  const deploy = async (
    name: string,
    of: {
      links?: readonly Json[];
      config?: Readonly<Record<string, string>>;
      at?: string;
      port?: number;
    },
  ) => {
    const [image = "", front = ""] = images;
    const { links = [STORE], config = {}, at = "front", port = 8080 } = of;
    const words = { greeting: "Visits", ...config };
    const parts = [
      component("counter", { image, region, links, config: words }),
      component("front", {
        image: front,
        region,
        links: [link("counter", "wasi:http/incoming-handler")],
      }),
      provider("store", "keyvalue"),
      provider("broker", "messaging"),
      server(at, port),
    ];
    await ask("put", null, manifest(parts, { name }));
    await ask("deploy", name);
  };
  const until = (type: string, name = "shop") => becomes(ask, name, type);
  const count = async () => {
    const response = await visit(`${lattice}:8080`, "fetch?http:counter/basket");
    return [response.status, await response.text()];
  };
  const store = () => keyvalueOf(env, `${lattice}/shop-counter/shop-store/default`);

  test("is deployed with each of its parts and links", async () => {
    const { components } = await until("deployed");
    expect(components.map(({ name, traits }) => [name, traits.map((trait) => trait.name)])).toEqual(
      [
        ["counter", ["counter", "store"]],
        ["front", ["front", "counter"]],
        ["store", []],
        ["broker", []],
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
    const tell = async (subject: string) => {
      const links = [STORE, BROKER];
      await deploy("told", { links, config: { subject }, at: "counter", port: 8083 });
      await until("deployed", "told");
    };
    const { token } = await user("Developer");
    const wire = await NatsWire.as(token, {}, `/nats/${lattice}`);
    wire.send("SUB visits.> 9\r\n");
    await wire.flush();
    await tell("visits.basket");
    expect(await (await visit(`${lattice}:8083`, "basket")).text()).toBe("Visits 1\n");
    expect(await wire.until("Visits 1")).toContain("MSG visits.basket 9");
    await tell(`wadm.evt.${lattice}.manifest_published`);
    const refused = await eventually(
      () => visit(`${lattice}:8083`, "basket"),
      ({ status }) => status === 502,
    );
    expect(await refused.text()).toContain("is the orchestrator's own.");
    await ask("del", "told", { delete_all: true });
  });

  test("lets no other application take its port, and says whose it is", async () => {
    await deploy("other", {});
    const told = await until("failed", "other");
    expect(told.status.message).toBe("Port 8080 of the lattice leads to shop-front already.");
    await ask("del", "other", { delete_all: true });
  });

  test("tells a component without its link that there is no store", async () => {
    await deploy("bare", { links: [], at: "counter", port: 8082 });
    await until("deployed", "bare");
    const response = await visit(`${lattice}:8082`, "basket");
    expect([response.status, await response.text()]).toEqual([503, "There is no store.\n"]);
    await ask("undeploy", "bare");
  });

  test("has no component that the public could ask by its own name", async () => {
    expect((await visit(`${lattice}%2Fshop-counter`, "basket")).status).toBe(404);
  });

  test("counts on where it was, undeployed and deployed again", async () => {
    await ask("undeploy", "shop");
    await ask("deploy", "shop");
    await until("deployed");
    await eventually(count, ([code]) => code === 200);
    expect(await count()).toEqual([200, "Visits 5\n"]);
  });
});
