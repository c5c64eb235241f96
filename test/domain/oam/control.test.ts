// Subjects of the control interface, and who may publish to them; links that no manifest asks for.
import { describe, expect, it } from "vitest";
import { mayPublish } from "#domain/nats/permission.ts";
import { parseControlSubject } from "#domain/oam/control.ts";
import { handGrants, handLink } from "#domain/oam/hand-link.ts";
import { ROLES, missingRole } from "#domain/role.ts";

const parse = (rest: string) => parseControlSubject(`wasmbus.ctl.v1.default.${rest}`);

const SUBJECTS = [
  ["host.ping", "host.ping", null],
  ["host.get", "host.get", null],
  ["host.get.node-1.example", "host.get", "node-1.example"],
  ["config.get.words", "config.get", "words"],
  ["config.put.words", "config.put", "words"],
  ["config.del.words", "config.del", "words"],
  ["link.get", "link.get", null],
  ["link.put", "link.put", null],
  ["link.del", "link.del", null],
  ["label.put.node-1", "label.put", "node-1"],
  ["label.del.node-1", "label.del", "node-1"],
  ["component.scale.node-1", "component.scale", "node-1"],
  ["component.update.node-1", "component.update", "node-1"],
] as const;

describe("a subject of the control interface", () => {
  it.each(SUBJECTS)("%s is understood", (rest, operation, object) => {
    expect(parse(rest)).toMatchObject({
      ok: true,
      request: { lattice: "default", operation, object },
    });
  });

  it.each(SUBJECTS)("%s may be published to by exactly those who may do it", (rest) => {
    const parsed = parse(rest);
    if (!parsed.ok) throw new Error(parsed.message);
    for (const role of ROLES) {
      const isAllowed = missingRole(role, parsed.request.action) === null;
      expect([role, mayPublish(role, `wasmbus.ctl.v1.default.${rest}`)]).toEqual([role, isAllowed]);
    }
  });

  it.each([
    ["host.ping.all", "Invalid subject"],
    ["config.get", "Invalid subject"],
    ["component.scale", "Invalid subject"],
    ["sing.song", "Unsupported subject"],
    ["host", "Unsupported subject"],
    ["provider.start.node-1", "platform's own"],
    ["provider.stop.node-1", "platform's own"],
    ["host.stop.node-1", "maintenance"],
    ["component.auction", "Hosts don't bid"],
    ["claims.get", "no signed claims"],
  ])("%s is refused with the reason", (rest, reason) => {
    expect(parse(rest)).toEqual({ ok: false, message: expect.stringContaining(reason) });
  });

  it("of a lattice that can be none is refused", () => {
    expect(parseControlSubject("wasmbus.ctl.v1.*.host.get")).toMatchObject({ ok: false });
  });
});

describe("a link that is put by hand", () => {
  const given = (namespace: string, pack: string, ...interfaces: string[]) => ({
    lattice: "l",
    source: "a",
    target: "B",
    name: "default",
    namespace,
    package: pack,
    interfaces,
    sourceConfig: {},
    targetConfig: {},
    sourceConfigNames: [],
    targetConfigNames: [],
  });
  const ends = (isFromComponent: boolean, isToComponent: boolean) => ({
    isFromComponent,
    isToComponent,
  });
  const incoming = given("wasi", "http", "incoming-handler");

  it("from what is no component is the HTTP server's, at the port of its address", () => {
    const served = { ...incoming, sourceConfig: { address: "0.0.0.0:8081" } };
    expect(handLink(served, ends(false, true))).toMatchObject({ port: 8081, model: null });
    expect(handLink(incoming, ends(false, false))).toMatchObject({ port: 8000 });
    const nowhere = { ...incoming, sourceConfig: { address: "nowhere" } };
    expect(handLink(nowhere, ends(false, true))).toContain("has no port: nowhere");
  });

  it("from one component to another makes the other answer by its id", () => {
    const link = handLink(incoming, ends(true, true));
    if (typeof link === "string") throw new Error(link);
    expect(handGrants([link])).toEqual([
      { service: "component", host: "b", lattice: "l", component: "B" },
    ]);
  });

  it("to a capability grants what it offers", () => {
    const link = handLink(given("wasi", "keyvalue", "store", "atomics"), ends(true, false));
    if (typeof link === "string") throw new Error(link);
    expect(handGrants([link])).toEqual([
      { service: "keyvalue", name: "default", scope: "l/a/B/default" },
    ]);
  });

  it("from a messaging provider has its target hear what its config says", () => {
    const handler = given("wasmcloud", "messaging", "handler");
    const heard = { ...handler, sourceConfig: { subscriptions: "orders.>" } };
    expect(handLink(heard, ends(false, true))).toMatchObject({
      port: null,
      interfaces: ["handler"],
    });
    expect(handLink(handler, ends(false, true))).toContain("needs subscriptions");
    expect(handLink(heard, ends(true, false))).toContain("leads to a component, not from one");
    const speaking = given("wasmcloud", "messaging", "consumer");
    expect(handLink(speaking, ends(false, true))).toContain("leads from a component, not to one");
  });

  it("to what isn't offered is refused by its name", () => {
    const other = handLink(given("wasi", "sockets", "tcp"), ends(true, false));
    expect(other).toBe("No capability here offers wasi:sockets/tcp.");
    const watch = handLink(given("wasi", "keyvalue", "store", "watch"), ends(true, false));
    expect(watch).toContain("wasi:keyvalue/watch is not offered here by keyvalue");
    const between = handLink(given("wasi", "keyvalue", "store"), ends(true, true));
    expect(between).toContain("wasi:keyvalue/store is the platform's own to provide");
    expect(handLink(given("my", "shop", "cart"), ends(true, true))).toMatchObject({ port: null });
  });
});
