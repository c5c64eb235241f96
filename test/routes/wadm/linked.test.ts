// Links from one component to another by an interface of their own: examples/checkout asks examples/checkout's prices, and
// is itself one that can be asked.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#test/builders/deployments.ts";
import { component, link, manifest, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import { becomes, openHttp, overControl, visit } from "#test/builders/wadm.ts";
import type { Ask, Status } from "#test/builders/wadm.ts";
import { checkout, geometry, prices } from "#test/examples/bytes.ts";
import { runnerOf } from "#stores/objects.ts";

const CATALOG = "example:prices/catalog";
type Bytes = Uint8Array<ArrayBuffer>;

/** The same binary with another text of the same length, wherever it stands. */
function rewritten(bytes: Bytes, from: string, to: string): Bytes {
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte));
  const text = letters.join("").replaceAll(from, to);
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

describe("a component that is linked to another", () => {
  let ask: Ask;
  let lattice: string;
  let region: string;
  let node: string;
  let images: { checkout: string; prices: string };

  const front = (target: string, image = images.checkout) =>
    component("front", { image, region, links: [link(target, CATALOG)] });
  const application = (target: string, ...others: readonly object[]) =>
    manifest([front(target), server("front"), ...(others as never[])]);
  const deploy = async (text: string, type = "deployed") => {
    await ask("put", null, text);
    await ask("deploy", "app");
    return becomes(ask, "app", type);
  };
  const buy = async (path: string) => {
    const response = await visit(`${lattice}:8000`, path);
    return [response.status, await response.text()];
  };
  /** Its instances are replaced one after the other. */
  const answers = async (text: string) => {
    const [, told] = await eventually(
      () => buy("pear"),
      ([, told]) => String(told).includes(text),
    );
    return told;
  };
  const failed = async (text: string) => (await deploy(text, "failed")).status.message;

  beforeAll(async () => {
    ({ ask, lattice } = await openHttp());
    const { region: here, nodes } = await place(1);
    [region, node] = [here, nodes[0] ?? ""];
    const limits = { maxExecutionTimeSeconds: 2 };
    images = {
      checkout: await module(checkout, { limits }),
      prices: await module(prices),
    };
    await deploy(application("list", component("list", { image: images.prices, region })));
  });

  test("is answered by it: values, and errors of its own", async () => {
    expect(await buy("pear,plum:3")).toEqual([200, String(120 + 3 * 80 + 490)]);
    expect(await buy("pear,cheese")).toEqual([404, "cheese"]);
    expect(await buy("")).toEqual([400, "Nothing is asked for."]);
  });

  test("has its calls counted for who answers them", async () => {
    const counted = async () => {
      const { [images.prices]: counters } = await runnerOf(env, node).read([images.prices]);
      return counters?.calls ?? 0;
    };
    const before = await counted();
    await buy("plum");
    expect(await counted()).toBe(before + 1);
  });

  test("ends at its own deadline, and so does what it waits for", async () => {
    expect((await buy("forever"))[0]).toBe(504);
    // What was asked is let go of, and its own 30 seconds are not waited for.
    const inFlight = () => runnerOf(env, node).inFlight();
    expect(await eventually(inFlight, (calls) => calls === 0)).toBe(0);
  });

  test("that is linked to itself is stopped before the chain of calls is endless", async () => {
    await deploy(application("front"));
    expect(await answers("8 components wait for each other already")).toContain(
      "8 components wait for each other already",
    );
    await deploy(application("list", component("list", { image: images.prices, region })));
    expect(await answers("610")).toContain("610");
  });

  test("fails where what it imports is not what the other exports, with the function", async () => {
    const list = async (bytes: Bytes) => {
      const image = await module(bytes);
      return application("list", component("list", { image, region }));
    };
    expect(await failed(await list(rewritten(prices, "count", "units")))).toMatch(
      /example:prices\/catalog#total: the source imports total: func\(lines: list<record { name: string, count: u32 }>\) .* exports total: func\(lines: list<record { name: string, units: u32 }>\)/,
    );
    expect(await failed(await list(geometry))).toContain(`does not export ${CATALOG}#total`);
    const other = link("list", "example:prices/offers");
    const text = manifest([
      component("front", { image: images.checkout, region, links: [other] }),
      component("list", { image: images.prices, region }),
    ]);
    expect(await failed(text)).toContain("does not import example:prices/offers");
    const own = link("list", "wasi:keyvalue/store");
    expect(
      await failed(
        manifest([
          component("front", { image: images.checkout, region, links: [own] }),
          component("list", { image: images.prices, region }),
        ]),
      ),
    ).toContain("wasi:keyvalue/store is the platform's own to provide");
  });

  test("without a link says so when it calls", async () => {
    await deploy(
      manifest([component("front", { image: images.checkout, region }), server("front")]),
    );
    expect(await answers(`no link of the component leads to ${CATALOG}`)).toContain(
      `no link of the component leads to ${CATALOG}`,
    );
  });

  test("may be linked by hand, where both ends fit", async () => {
    const control = await overControl(await user("Developer"), lattice);
    const alone = (image: string) =>
      manifest([
        component("front", { image: images.checkout, region }),
        component("list", { image, region }),
        server("front"),
      ]);
    const put = (target = "app-list") =>
      control("link.put", {
        source_id: "app-front",
        target,
        name: "default",
        wit_namespace: "example",
        wit_package: "prices",
        interfaces: ["catalog"],
        source_config: [],
        target_config: [],
      });
    await deploy(alone(await module(geometry)));
    expect(await put()).toMatchObject({
      success: false,
      message: expect.stringContaining(`does not export ${CATALOG}#total`),
    });
    await deploy(alone(images.prices));
    expect(await put()).toMatchObject({ success: true });
    expect(await answers("610")).toContain("610");
    // Another application's, too: its id is enough.
    const other = component("list", {
      image: await module(rewritten(prices, "pear 120", "pear 140")),
      region,
    });
    await ask("put", null, manifest([other], { name: "other" }));
    await ask("deploy", "other");
    await becomes(ask, "other", "deployed");
    expect(await put("other-list")).toMatchObject({ success: true });
    expect(await answers("630")).toContain("630");
  });
});

test("a component that is rolled out gets its share of the calls by links", async () => {
  const { ask, lattice } = await openHttp();
  const { region } = await place(2);
  const name = unique("prices");
  const dearer = rewritten(prices, "pear 120", "pear 130");
  const images = [
    await module(prices, { name, version: "1.0.0" }),
    await module(dearer, { name, version: "1.1.0" }),
  ];
  const checkoutImage = await module(checkout);
  const canary = {
    name: "with-care",
    type: "rollout.edgeloom.dev/v1",
    properties: {
      components: ["list"],
      strategy: "Canary",
      strategyConfig: { stages: [50, 100], evaluationPeriod: "PT2S" },
      gates: { minimumSample: 5 },
    },
  };
  for (const [at, image] of images.entries()) {
    const links = [link("list", CATALOG)];
    const parts = [
      component("front", { image: checkoutImage, region, links }),
      server("front"),
      component("list", { image, region, instances: 2 }),
    ];
    await ask("put", null, manifest(parts, { policies: [canary] }));
    await ask("deploy", "app");
    if (at === 0) await becomes(ask, "app", "deployed");
  }
  const seen: string[] = [];
  await eventually(
    async () => {
      const response = await visit(`${lattice}:8000`, "pear");
      seen.push(`${response.status} ${await response.text()}`);
      return (await ask<Status>("status", "app")).status.type;
    },
    (type) => type === "deployed",
    45_000,
  );
  expect(new Set(seen)).toEqual(new Set(["200 610", "200 620"]));
  // Both were asked by turns before the old one was asked no more.
  expect(seen.lastIndexOf("200 610")).toBeGreaterThan(seen.indexOf("200 620"));
}, 60_000);
