// Prepared artifacts: kept whole or not at all, never handed out harmed, made anew where they are missing.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { preparedArtifact } from "#data/prepared.ts";
import type { Assignment } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { preparedKey, preparedPrefix } from "#domain/prepared.ts";
import { digestOf } from "#stores/artifacts.ts";
import { PreparedUpload, readPrepared } from "#stores/prepared.ts";
import { MODULES, distinct, module } from "#test/builders/modules.ts";
import { unique, user } from "#test/builders/users.ts";
import sound from "#test/fixtures/sound.wat";
import { METER_VERSION } from "#wasm/prepare.ts";

const MEGABYTE = 1024 * 1024;

function keyOf(digest: string): string {
  const { maxMemoryMB } = DEFAULT_LIMITS;
  return preparedKey({ digest, meterVersion: METER_VERSION, transpiler: null, maxMemoryMB });
}

function* pieces(...given: Uint8Array[]): Generator<Uint8Array, null, void> {
  yield* given;
  return null;
}

async function stored(digest: string): Promise<string[]> {
  const { objects } = await env.ARTIFACTS.list({ prefix: preparedPrefix(digest) });
  return objects.map(({ key }) => key);
}

describe("a prepared artifact", () => {
  test.each([1, 5, 12])("of %i MB comes back as it was written", async (megabytes) => {
    const key = unique(".prepared/test/");
    const bytes = new Uint8Array(megabytes * MEGABYTE).map((_, index) => index % 251);
    const upload = new PreparedUpload(env, key);
    await upload.part({ name: "one.js", kind: "js" }, pieces(new Uint8Array([59])));
    await upload.part({ name: "two.wasm", kind: "wasm" }, pieces(bytes.subarray(0, 7), bytes));
    await upload.seal("component");
    expect(await readPrepared(env, key)).toEqual({ type: "absent" });
    await upload.commit();
    const read = await readPrepared(env, key);
    if (read.type !== "sound") throw new Error(`it is ${read.type}`);
    const { entry, parts } = read.prepared;
    expect([entry, ...parts.map(({ name, kind }) => `${name} ${kind}`)]).toEqual([
      "component",
      "one.js js",
      "two.wasm wasm",
    ]);
    const digests = await Promise.all(parts.map((part) => digestOf(part.bytes.slice())));
    expect(digests).toEqual([
      await digestOf(new Uint8Array([59])),
      await digestOf(new Uint8Array([...bytes.subarray(0, 7), ...bytes])),
    ]);
  });

  test("gives everybody else their turns while it is made", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const upload = new PreparedUpload(env, keyOf(unique("turns")));
    const quarters = Array.from({ length: 12 }, () => new Uint8Array(MEGABYTE / 4));
    await upload.part({ name: "guest.wasm", kind: "wasm" }, pieces(...quarters));
    clearInterval(timer);
    await upload.discard();
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test("that is discarded leaves nothing", async () => {
    const key = unique(".prepared/test/");
    const upload = new PreparedUpload(env, key);
    const large = new Uint8Array(6 * MEGABYTE);
    await upload.part({ name: "large.wasm", kind: "wasm" }, pieces(large));
    await upload.seal("core");
    await upload.discard();
    await expect(upload.commit()).rejects.toThrow();
    expect(await readPrepared(env, key)).toEqual({ type: "absent" });
  });

  test("with one byte changed, cut off, or under another key is corrupt", async () => {
    const key = unique(".prepared/test/");
    const upload = new PreparedUpload(env, key);
    await upload.part({ name: "one.wasm", kind: "wasm" }, pieces(sound));
    await upload.seal("core");
    await upload.commit();
    const whole = new Uint8Array((await (await env.ARTIFACTS.get(key))?.arrayBuffer()) ?? []);
    const other = unique(".prepared/test/");
    await env.ARTIFACTS.put(other, whole);
    expect(await readPrepared(env, other)).toEqual({ type: "corrupt" });
    const harmed = [
      ...[0, 100, whole.length - 50, whole.length - 30, whole.length - 1].map((at) =>
        whole.with(at, (whole[at] ?? 0) ^ 1),
      ),
      whole.slice(0, -1),
      whole.slice(1),
      new Uint8Array(),
    ];
    for (const bytes of harmed) {
      await env.ARTIFACTS.put(key, bytes);
      expect(await readPrepared(env, key)).toEqual({ type: "corrupt" });
    }
  });
});

describe("what a runner loads", () => {
  let assignment: Assignment;
  let key = "";

  beforeAll(async () => {
    const bytes = distinct(sound);
    const name = unique("kept");
    await module(bytes, { name });
    const original = await env.ARTIFACTS.get(`${name}/1.0.0/module.wasm`);
    const digest = await digestOf(new Uint8Array((await original?.arrayBuffer()) ?? []));
    key = keyOf(digest);
    assignment = {
      moduleId: `${name}-v1.0.0`,
      name,
      version: "1.0.0",
      digest,
      sizeBytes: bytes.length,
      convention: "json",
      signatures: [],
      limits: DEFAULT_LIMITS,
    };
  });

  test("was made at registration, and is a metered module", async () => {
    expect(await stored(assignment.digest)).toEqual([key]);
    const { entry, parts } = await preparedArtifact(env, assignment);
    expect([entry, parts.map(({ name }) => name)]).toEqual(["core", ["guest.wasm"]]);
    expect(parts.every(({ bytes }) => WebAssembly.validate(bytes))).toBe(true);
  });

  test("takes one read of storage", async () => {
    let reads = 0;
    const counted = new Proxy(env.ARTIFACTS, {
      get(bucket, name) {
        if (name === "get") reads += 1;
        const member: unknown = Reflect.get(bucket, name);
        return typeof member === "function" ? member.bind(bucket) : member;
      },
    });
    await preparedArtifact({ LOADER: env.LOADER, ARTIFACTS: counted }, assignment);
    expect(reads).toBe(1);
  });

  test.each<[string, (key: string) => Promise<unknown>]>([
    ["is missing", (key) => env.ARTIFACTS.delete(key)],
    ["was harmed", (key) => env.ARTIFACTS.put(key, new Uint8Array(1000))],
  ])("is made anew where it %s", async (_, harm) => {
    const before = await preparedArtifact(env, assignment);
    await harm(key);
    expect(await preparedArtifact(env, assignment)).toEqual(before);
    expect(await readPrepared(env, key)).toMatchObject({ type: "sound" });
  });

  test("is made anew where only an older meter's is there, and both go with the module", async () => {
    const { digest, limits } = assignment;
    const older = preparedKey({
      digest,
      meterVersion: METER_VERSION - 1,
      transpiler: null,
      maxMemoryMB: limits.maxMemoryMB,
    });
    await env.ARTIFACTS.put(older, new Uint8Array(1000));
    await env.ARTIFACTS.delete(key);
    const { parts } = await preparedArtifact(env, assignment);
    expect(parts.every(({ bytes }) => WebAssembly.validate(bytes))).toBe(true);
    expect(await stored(digest)).toEqual([older, key].sort());
    const admin = await user("Admin");
    await admin.send("DELETE", `${MODULES}/${assignment.moduleId}`);
    expect(await stored(digest)).toEqual([]);
  });

  test("is shared by modules of the same bytes, and goes with the last of them", async () => {
    const bytes = distinct(sound);
    const [first, second] = [unique("twin"), unique("twin")];
    const admin = await user("Admin");
    for (const name of [first, second]) {
      const body = { name, version: "1.0.0", wasiVersion: "preview2" };
      await admin.post(MODULES, { ...body, wasmBinary: bytes.toBase64() });
    }
    const digest = await digestOf(bytes);
    expect(await stored(digest)).toEqual([keyOf(digest)]);
    await admin.send("DELETE", `${MODULES}/${first}-v1.0.0`);
    expect(await stored(digest)).toEqual([keyOf(digest)]);
    await admin.send("DELETE", `${MODULES}/${second}-v1.0.0`);
    expect(await stored(digest)).toEqual([]);
  });
});
