// Components on a lattice's subjects: what a link has one hear, what it replies, and what it asks of others.
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { eventually } from "#test/builders/deployments.ts";
import { component, link, manifest, provider, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { place } from "#test/builders/nodes.ts";
import { user } from "#test/builders/users.ts";
import { becomes, openHttp, visit } from "#test/builders/wadm.ts";
import type { Ask } from "#test/builders/wadm.ts";
import { courier, postbox } from "#test/examples/bytes.ts";
import { natsOf } from "#stores/objects.ts";

const HANDLER = "wasmcloud:messaging/handler";

describe("a component that a link has hear messages", () => {
  let ask: Ask;
  let lattice: string;
  let wire: NatsWire;
  let of: { image: string; region: string };
  /** `box` hears as asked; it keeps what it hears. */
  const application = (subscriptions: string, image = of.image) =>
    manifest([
      component("box", {
        ...of,
        image,
        links: [
          link("store", "wasi:blobstore/blobstore"),
          link("broker", "wasmcloud:messaging/consumer"),
        ],
      }),
      provider("store", "blobstore"),
      provider("broker", "messaging", [link("box", HANDLER, { source: { subscriptions } })]),
      server("box"),
    ]);
  const deploy = async (text: string, type = "deployed") => {
    await ask("put", null, text);
    await ask("deploy", "app");
    return becomes(ask, "app", type);
  };
  const read = async (name: string) => (await visit(`${lattice}:8000`, name)).text();
  const kept = (name: string, text: string) =>
    eventually(
      () => read(name),
      (told) => told === text,
    );

  beforeAll(async () => {
    ({ ask, lattice } = await openHttp());
    const { region } = await place(1);
    of = { image: await module(postbox), region };
    await deploy(application("letters.*, stamps.>|post"));
    const { token } = await user("Developer");
    wire = await NatsWire.as(token, {}, `/nats/${lattice}`);
    wire.send("SUB _INBOX.me.* 1\r\n");
    await wire.flush();
  });

  test("gets those of its subjects, and no others", async () => {
    wire.publish("letters.one", "Dear all,");
    wire.publish("letters.one.two", "not heard");
    wire.publish("stamps.one.two", "a stamp");
    await kept("stamps.one.two", "a stamp");
    await kept("letters.one", "Dear all,");
    expect(await read("letters.one.two")).toMatch(/^There is no object/);
  });

  test("replies to who waits for it", async () => {
    expect(await wire.request("letters.two", "Dear you,")).toBe("Kept.");
    expect(await read("letters.two")).toBe("Dear you,");
  });

  test("is one of its queue: of it and the client beside it, one gets a message", async () => {
    wire.send("SUB stamps.> post 2\r\n");
    for (let sent = 0; sent < 20; sent += 1) wire.publish(`stamps.number${sent}`, "x");
    const heard = (await wire.flush()).match(/^MSG /gm)?.length ?? 0;
    wire.send("UNSUB 2\r\n");
    expect(heard).toBeGreaterThan(0);
    expect(heard).toBeLessThan(20);
    const names = () => read("");
    const both = (text: string) => (text.match(/^stamps\.number\d+$/gm)?.length ?? 0) + heard;
    expect(both(await eventually(names, (text) => both(text) === 20))).toBe(20);
  });

  test("hears on after the lattice's object was lost", async () => {
    await evictDurableObject(natsOf(env, lattice));
    const { token } = await user("Developer");
    wire = await NatsWire.as(token, {}, `/nats/${lattice}`);
    wire.send("SUB _INBOX.me.* 1\r\n");
    expect(await wire.request("letters.three", "Dear lattice,")).toBe("Kept.");
  });

  test("asks others, and is told when nobody listens or answers", async () => {
    const post = async (subject: string, body: string) => {
      const response = await visit(`${lattice}:8000`, subject, { method: "POST", body });
      return [response.status, await response.text()];
    };
    expect(await post("questions.why", "?")).toEqual([504, "Nobody listens on questions.why."]);
    wire.send("SUB questions.> 7\r\n");
    await wire.flush();
    const asked = post("questions.why", "Why?");
    const heard = await wire.until("Why?\r\n");
    const [, reply = ""] = /HMSG questions\.why 7 (\S+) \d+ \d+\r\n/.exec(heard) ?? [];
    wire.publish(reply, "Because.");
    expect(await asked).toEqual([200, "Because."]);
    expect(await post("questions.how", "How?")).toEqual([
      504,
      "Nobody answered on questions.how within 2000 ms.",
    ]);
    expect(await post("letters.self", "Dear me,")).toEqual([200, "Kept."]);
    expect(await post(`wadm.api.${lattice}.model.list`, "")).toEqual([
      504,
      `wadm.api.${lattice}.model.list is the orchestrator's own.`,
    ]);
  });

  test("hears by its newest version alone, and undeployed nothing more", async () => {
    await deploy(application("parcels"));
    wire.publish("letters.late", "too late", "_INBOX.me.late");
    expect(await wire.flush()).toContain("503");
    expect(await wire.request("parcels", "A parcel")).toBe("Kept.");
    await ask("undeploy", "app");
    wire.publish("parcels", "another", "_INBOX.me.later");
    expect(await wire.flush()).toContain("503");
  });

  test("can't go on answering another for ever: the sixteenth message is the last", async () => {
    const { ask, lattice } = await openHttp();
    const box = (name: string, forward: string) =>
      component(name, {
        ...of,
        config: { forward },
        links: [
          link("store", "wasi:blobstore/blobstore"),
          link("broker", "wasmcloud:messaging/consumer"),
        ],
      });
    const hears = (name: string, subscriptions: string) =>
      link(name, HANDLER, { name, source: { subscriptions } });
    const text = manifest([
      box("left", "ring.right"),
      box("right", "ring.left"),
      provider("store", "blobstore"),
      provider("broker", "messaging", [hears("left", "ring.left"), hears("right", "ring.right")]),
    ]);
    expect(await ask("put", null, text)).toMatchObject({ message: "Successfully put manifest" });
    await ask("deploy", "app");
    await becomes(ask, "app", "deployed");
    const { token } = await user("Developer");
    const wire = await NatsWire.as(token, {}, `/nats/${lattice}`);
    wire.send("SUB ring.> 1\r\n");
    await wire.flush();
    const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
    wire.publish("ring.left", "round and round");
    await wire.until("Edgeloom-Chain: 16\r\n");
    const said = await eventually(
      async () => logged.mock.calls.join("\n"),
      (lines) => lines.includes("was dropped"),
    );
    logged.mockRestore();
    expect(said).toContain(
      "The message on ring.right was dropped: 16 of components led to it already.",
    );
    expect(await wire.flush()).not.toContain("Edgeloom-Chain");
  });

  test("fails with the reason where it can't hear", async () => {
    const failed = async (text: string) => (await deploy(text, "failed")).status.message;
    expect(await failed(application(""))).toContain("needs subscriptions in its source's config");
    expect(await failed(application("a..b"))).toContain("a..b is no subject");
    expect(await failed(application(">"))).toContain("takes in what is not for components");
    const deaf = await module(courier);
    expect(await failed(application("a", deaf))).toContain(`${deaf} exports no ${HANDLER}`);
    await ask("undeploy", "app");
  });

  test("of before 1.0 hears by the link that it speaks by", async () => {
    const { image, region } = of;
    const old = (name: string, of: object) => ({ name, type: "actor", ...of });
    const text = JSON.parse(application("unused")) as { spec: { components: object[] } };
    text.spec.components = [
      old("box", {
        properties: { image: image.replace("-v", ":") },
        traits: [
          {
            type: "spreadscaler",
            properties: { replicas: 1, spread: [{ name: "here", requirements: { region } }] },
          },
          { type: "linkdef", properties: { target: "store" } },
          { type: "linkdef", properties: { target: "broker", values: { subscription: "old.*" } } },
        ],
      }),
      provider("store", "blobstore"),
      provider("broker", "messaging"),
    ];
    await deploy(JSON.stringify(text));
    expect(await wire.request("old.letter", "Dear wasmbus,")).toBe("Kept.");
  });
});
