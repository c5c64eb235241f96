// What a lattice's object does with the sockets of its NATS clients, byte by byte.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "#domain/role.ts";
import { natsOf } from "#stores/objects.ts";
import { ledgerEntries } from "#test/builders/ledger.ts";
import { NatsWire } from "#test/builders/nats.ts";
import { user } from "#test/builders/users.ts";

const tokens = new Map<Role, string>();
const tokenOf = (role: Role) => tokens.get(role) ?? "";
const as = (role: Role, options: Record<string, unknown> = {}, path?: string) =>
  NatsWire.as(tokenOf(role), options, path);

beforeAll(async () => {
  for (const role of ["Admin", "Developer", "Viewer"] as const) {
    const { token } = await user(role);
    tokens.set(role, token ?? "");
  }
});

describe("a connection", () => {
  it("begins with what the server can do", async () => {
    const wire = await NatsWire.open();
    const info = JSON.parse((await wire.until("\r\n")).slice("INFO ".length));
    expect(info).toMatchObject({ headers: true, proto: 1, max_payload: 1_048_576 });
    expect(info.auth_required).toBe(true);
  });

  it.each([
    ["a bad token", 'CONNECT {"auth_token":"bad"}\r\n', "Authorization Violation"],
    ["no word of who it is", "CONNECT {}\r\n", "Authorization Violation"],
    ["no CONNECT", "SUB a 1\r\n", "Authorization Violation"],
    ["HTTP", "GET / HTTP/1.1\r\n", "Unknown Protocol Operation"],
    [
      "no_responders without headers",
      'CONNECT {"no_responders":true,"headers":false}\r\n',
      "no responders requires headers support",
    ],
  ])("is closed for %s, in the server's words", async (_, bytes, text) => {
    const wire = await NatsWire.open();
    wire.send(bytes);
    expect(await wire.until("'\r\n")).toContain(`-ERR '${text}'`);
    expect(await wire.closed()).toBe(text);
  });

  it.each([
    ["auth_token", () => ({ auth_token: tokenOf("Viewer") })],
    ["jwt", () => ({ auth_token: undefined, jwt: tokenOf("Viewer") })],
    [
      "user and pass",
      () => ({ auth_token: undefined, user: "admin@example.com", pass: "Admin123!" }),
    ],
  ])("is somebody by %s", async (_, options) => {
    const wire = await as("Viewer", options());
    expect(await wire.flush()).toBe("");
  });

  it("gets +OK for each operation where it is verbose", async () => {
    const wire = await as("Developer", { verbose: true });
    wire.send("SUB a 1\r\nPUB b 0\r\n\r\nUNSUB 1\r\n");
    expect(await wire.flush()).toBe("+OK\r\n+OK\r\n+OK\r\n");
  });

  it("gets a message with its reply and headers, in pieces or whole", async () => {
    const wire = await as("Developer");
    wire.send("SUB a.* 7\r\nHPUB a.b _INBOX.x.y 18 23\r\nNATS/1.0\r\nA: b");
    wire.send("\r\n\r\nhello\r\n");
    expect(await wire.flush()).toBe(
      "HMSG a.b 7 _INBOX.x.y 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n",
    );
  });

  it("hears nothing of itself where it wants no echo", async () => {
    const wire = await as("Developer", { echo: false });
    wire.send("SUB a 1\r\nPUB a 0\r\n\r\n");
    expect(await wire.flush()).toBe("");
  });

  it("gets as many messages as UNSUB allows, those before it counted", async () => {
    const wire = await as("Developer");
    const publish = "PUB a 0\r\n\r\n";
    wire.send(`SUB a 1\r\n${publish}UNSUB 1 3\r\n${publish.repeat(4)}`);
    expect((await wire.flush()).match(/MSG/g)).toHaveLength(3);
  });

  it("gets what came before it drains, and nothing after", async () => {
    const wire = await as("Developer");
    const publish = (payload: string) => `PUB a ${payload.length}\r\n${payload}\r\n`;
    wire.send(`SUB a 1\r\n${publish("one")}${publish("two")}UNSUB 1\r\n${publish("late")}`);
    expect(await wire.flush()).toBe("MSG a 1 3\r\none\r\nMSG a 1 3\r\ntwo\r\n");
  });

  it("is told that nobody answers, if it asked to be", async () => {
    const wire = await as("Developer");
    wire.send("SUB _INBOX.x.* 1\r\nPUB nobody _INBOX.x.1 0\r\n\r\n");
    expect(await wire.flush()).toBe("HMSG _INBOX.x.1 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n");
  });

  it("stays open after a subject that is none, and may not have too many subscriptions", async () => {
    const wire = await as("Developer");
    wire.send("SUB a..b 1\r\nPUB a.* 0\r\n\r\n");
    wire.send(Array.from({ length: 201 }, (_, at) => `SUB s.${at} ${at}\r\n`).join(""));
    expect(await wire.flush()).toBe(
      "-ERR 'Invalid Subject'\r\n-ERR 'Invalid Publish Subject'\r\n-ERR 'maximum subscriptions exceeded'\r\n",
    );
  });

  it("is closed for a payload that is too large before it came", async () => {
    const wire = await as("Developer");
    wire.send("PUB a 1048577\r\n");
    expect(await wire.closed()).toBe("Maximum Payload Violation");
  });
});

describe("who may only read", () => {
  it("publishes requests that read, and nothing else", async () => {
    const wire = await as("Viewer");
    wire.send("PUB a 0\r\n\r\nPUB wadm.api.default.model.put _INBOX.a.b 0\r\n\r\n");
    wire.send("PUB wadm.api.default.model.list wadm.evt.default 0\r\n\r\n");
    expect(await wire.flush()).toBe(
      [
        `-ERR 'Permissions Violation for Publish to "a"'\r\n`,
        `-ERR 'Permissions Violation for Publish to "wadm.api.default.model.put"'\r\n`,
        `-ERR 'Permissions Violation for Publish with Reply of "wadm.evt.default"'\r\n`,
      ].join(""),
    );
  });

  it("hears events and inboxes that it can name", async () => {
    const wire = await as("Viewer");
    wire.send("SUB wasmbus.evt.default.> 1\r\nSUB wadm.evt.> q 2\r\nSUB _INBOX.mine.* 3\r\n");
    expect(await wire.flush()).toBe("");
    wire.send("SUB > 4\r\nSUB _INBOX.* q 5\r\nSUB messages 6\r\n");
    expect(await wire.flush()).toBe(
      [
        `-ERR 'Permissions Violation for Subscription to ">"'\r\n`,
        `-ERR 'Permissions Violation for Subscription to "_INBOX.*" using queue "q"'\r\n`,
        `-ERR 'Permissions Violation for Subscription to "messages"'\r\n`,
      ].join(""),
    );
  });
});

describe("the ledger", () => {
  it("has what a role was not let do, and a token that is none", async () => {
    const wire = await as("Viewer");
    wire.send("PUB wadm.api.default.model.del.shop 0\r\n\r\nPUB news 0\r\n\r\nSUB > 1\r\n");
    await wire.flush();
    const stranger = await NatsWire.open();
    stranger.send('CONNECT {"auth_token":"bad"}\r\n');
    await stranger.closed();
    const refused = async () =>
      (await ledgerEntries())
        .filter(({ result, evidence }) => result === "refused" && "subject" in (evidence ?? {}))
        .slice(-3)
        .map(({ action, resource, evidence, reason }) => ({ action, resource, evidence, reason }));
    await expect.poll(refused).toEqual([
      {
        action: "model:delete",
        resource: "models:shop",
        evidence: { subject: "wadm.api.default.model.del.shop" },
        reason: `FORBIDDEN: Permissions Violation for Publish to "wadm.api.default.model.del.shop"`,
      },
      {
        action: "lattice:publish",
        resource: "lattices:default",
        evidence: { subject: "news" },
        reason: `FORBIDDEN: Permissions Violation for Publish to "news"`,
      },
      {
        action: "lattice:observe",
        resource: "lattices:default",
        evidence: { subject: ">" },
        reason: `FORBIDDEN: Permissions Violation for Subscription to ">"`,
      },
    ]);
    expect(await ledgerEntries()).toContainEqual(
      expect.objectContaining({ action: "token:present", evidence: { transport: "nats" } }),
    );
  });

  it("is not flooded: who goes on being refused is sent away", async () => {
    const wire = await as("Viewer");
    wire.send("PUB news 0\r\n\r\n".repeat(101));
    expect(await wire.closed()).toBe("maximum permissions violations exceeded");
  });
});

describe("a lattice's object", () => {
  it("gives each message of a queue group to one of its members", async () => {
    const [one, two] = [await as("Developer"), await as("Developer")];
    for (const wire of [one, two]) {
      wire.send("SUB jobs workers 1\r\n");
      await wire.flush();
    }
    one.send("PUB jobs 0\r\n\r\n".repeat(40));
    const [first, second] = [await one.flush(), await two.flush()];
    const counts = [first, second].map((text) => text.match(/MSG/g)?.length ?? 0);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(0);
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(40);
  });

  it("keeps lattices apart", async () => {
    const [one, other] = [
      await as("Developer", {}, "/nats/a"),
      await as("Developer", {}, "/nats/b"),
    ];
    other.send("SUB x 1\r\n");
    await other.flush();
    one.send("PUB x 0\r\n\r\n");
    await one.flush();
    expect(await other.flush()).toBe("");
  });

  it("keeps subscriptions and who they are of over an eviction", async () => {
    const wire = await as("Developer", {}, "/nats/sleepy");
    wire.send("SUB a.> 9\r\n");
    await wire.flush();
    await evictDurableObject(natsOf(env, "sleepy"));
    wire.send("PUB a.b 2\r\nhi\r\n");
    expect(await wire.flush()).toBe("MSG a.b 9 2\r\nhi\r\n");
  });

  it("closes a connection whose half operation went with an eviction", async () => {
    const wire = await as("Developer", {}, "/nats/torn");
    wire.send("PUB a 30\r\nPUB b 0\r\n\r\n");
    await runInDurableObject(natsOf(env, "torn"), () => {});
    await evictDurableObject(natsOf(env, "torn"));
    wire.send("PUB c 0\r\n\r\n");
    expect(await wire.closed()).toBe("Stale Connection");
  });

  it("closes who doesn't say who they are in ten seconds; a second alarm changes nothing", async () => {
    const object = natsOf(env, "silent");
    const wire = await NatsWire.open("/nats/silent");
    const known = await as("Viewer", {}, "/nats/silent");
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await known.flush()).toBe("");
    await runInDurableObject(object, async (_, state) => {
      for (const socket of state.getWebSockets()) {
        const attachment = socket.deserializeAttachment();
        socket.serializeAttachment({
          ...attachment,
          session: { ...attachment.session, openedAt: Date.now() - 20_000 },
        });
      }
    });
    await evictDurableObject(object);
    await runDurableObjectAlarm(object);
    expect(await wire.closed()).toBe("Authentication Timeout");
    await runInDurableObject(object, (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(object);
    expect(await known.flush()).toBe("");
  });

  it("closes a client that takes nothing, and no other", async () => {
    const slow = await as("Developer", {}, "/nats/slow");
    slow.send("SUB flood 1\r\n");
    await slow.flush();
    const other = await as("Developer", {}, "/nats/slow");
    const payload = "x".repeat(1_000_000);
    for (let count = 0; count < 18; count += 1) other.publish("flood", payload);
    expect(await other.flush()).toBe("");
    expect(await slow.closed()).toBe("Slow Consumer");
  });
});
