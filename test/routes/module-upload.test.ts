// POST /wasm/modules: three forms of upload, and everything that is refused.
import { describe, expect, test } from "vitest";
import type { Answer, Client, Json, Problem, Sent } from "#test/builders/client.ts";
import { MODULES, distinct, registration, upload } from "#test/builders/modules.ts";
import type { Module } from "#test/builders/modules.ts";
import { shift, unique } from "#test/builders/users.ts";
import importing from "#test/fixtures/importing.wat";
import preview1 from "#test/fixtures/preview1.wat";
import sound from "#test/fixtures/sound.wat";
import { http } from "#test/wasm/fixtures/components.ts";
import untyped from "#test/fixtures/untyped.wat";

const html = Uint8Array.from(new TextEncoder().encode("<html></html>"));

const developer = shift("Developer", 10);

async function send<Body = Module>(path: string, sent: Sent, by?: Client): Promise<Answer<Body>> {
  return (by ?? (await developer())).send<Body>("POST", path, sent);
}

async function refusal(body: Json): Promise<Problem["error"]> {
  const { status, body: answer } = await send<Problem>(MODULES, { json: body });
  expect([status, answer.error.code]).toEqual([400, "VALIDATION_ERROR"]);
  return answer.error;
}

describe("a module is taken in", () => {
  test("as base64 in JSON", async () => {
    const { status, body } = await upload(registration(sound));
    expect([status, body.sizeBytes]).toEqual([201, sound.length]);
  });

  test("as a raw body with the rest in the query", async () => {
    const query = new URLSearchParams({
      name: unique("raw"),
      version: "1.0.0-rc.1+build.5",
      wasiVersion: "preview2",
      requiredInterfaces: "wasi:cli/run@0.2.0, wasi:io/streams@0.2.0",
      limits: JSON.stringify({ maxMemoryMB: 16 }),
      metadata: JSON.stringify({ gitCommit: "abc" }),
    });
    const by = await developer();
    const headers = { "Content-Type": "application/wasm" };
    const { body } = await send(`${MODULES}?${query.toString()}`, { body: sound, headers }, by);
    const registered = await by.get<Module>(`${MODULES}/${encodeURIComponent(body.moduleId)}`);
    expect(registered.body).toMatchObject({
      version: "1.0.0-rc.1+build.5",
      requiredInterfaces: ["wasi:cli/run@0.2.0", "wasi:io/streams@0.2.0"],
      limits: { maxMemoryMB: 16, maxCpuPercent: 50 },
      metadata: { gitCommit: "abc" },
    });
  });

  test("as a raw body with the rest in headers", async () => {
    const name = unique("raw");
    const headers = {
      "Content-Type": "application/wasm",
      "X-Module-Name": name,
      "X-Module-Version": "1.0.0",
      "X-Module-Wasi-Version": "preview2",
    };
    const { status, body } = await send(MODULES, { body: sound, headers });
    expect([status, body.moduleId]).toEqual([201, `${name}-v1.0.0`]);
  });

  test("as multipart/form-data", async () => {
    const form = new FormData();
    form.set("name", unique("form"));
    form.set("version", "1.0.0");
    form.set("wasiVersion", "preview2");
    form.set("limits", JSON.stringify({ maxExecutionTimeSeconds: 5 }));
    form.set("wasmBinary", new File([sound], "module.wasm"));
    const { status, body } = await send(MODULES, { body: form });
    expect([status, body.sizeBytes]).toEqual([201, sound.length]);
  });

  test("with the SHA-256 of its bytes as the checksum", async () => {
    const { body } = await upload(registration(sound));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", sound)).toHex();
    expect(body.checksum).toBe(digest);
  });

  test("with the functions that it exports, and no memory or plumbing", async () => {
    const { body } = await upload(registration(sound));
    expect(body.exportedFunctions).toEqual(["health_check", "echo", "fail", "add"]);
  });
});

describe("a module is refused", () => {
  const memory = { maxMemoryMB: 129 };
  test.each<[string, Uint8Array<ArrayBuffer>, Json, RegExp]>([
    ["a wrong magic number", html, {}, /Invalid WASM magic/],
    ["an empty binary", new Uint8Array(), {}, /Invalid WASM magic number.*an empty file/],
    ["a binary that is cut off", sound.slice(0, 60), {}, /./],
    ["code that does not validate", untyped, {}, /code of a function does not validate/],
    ["a version that isn't SemVer", sound, { version: "1.2" }, /^version: expected a SemVer/],
    ["a version with a v", sound, { version: "v1.2.0" }, /^version: /],
    ["a name with a dot", sound, { name: "image.processor" }, /^name: expected letters/],
    ["an unknown wasiVersion", sound, { wasiVersion: "preview3" }, /^wasiVersion: /],
    ["another wasiVersion than it imports", preview1, {}, /wasiVersion is preview2.*preview1/],
    ["a preview that it isn't", http, { wasiVersion: "preview1" }, /wasiVersion is preview1/],
    [
      "requiredInterfaces that lack one it imports",
      http,
      { requiredInterfaces: ["wasi:http/types@0.2.0"] },
      /imports wasi:cli\/environment@0.2.0, which requiredInterfaces does not name/,
    ],
    ["an import that no node provides", importing, {}, /imports from env, which no node provides/],
    ["more memory than an isolate has", sound, { limits: memory }, /^limits.maxMemoryMB: .*128/],
    ["no CPU at all", sound, { limits: { maxCpuPercent: 0 } }, /^limits.maxCpuPercent: /],
    ["six minutes", sound, { limits: { maxExecutionTimeSeconds: 360 } }, /^limits.maxExecution/],
    ["no calls at all", sound, { limits: { maxConcurrentInvocations: 0 } }, /^limits.maxConcurr/],
    [
      "a file system without directories",
      sound,
      { limits: { filesystemAccess: "ReadOnly" } },
      /^limits.allowedDirectories: needed while filesystemAccess is ReadOnly/,
    ],
    [
      "an allow-list without hosts",
      sound,
      { limits: { networkAccess: "AllowList", allowedHosts: [] } },
      /^limits.allowedHosts: needed while networkAccess is AllowList/,
    ],
    ["an unknown field", sound, { licence: "MIT" }, /licence/],
    ["an unknown limit", sound, { limits: { maxThreads: 4 } }, /^limits: .*maxThreads/],
    ["a binary that isn't base64", sound, { wasmBinary: "%%%" }, /^wasmBinary: expected base64/],
    ["no binary", sound, { wasmBinary: undefined }, /^wasmBinary: expected the binary/],
  ])("for %s", async (...[, bytes, given, detail]) => {
    const { details } = await refusal(registration(bytes, given));
    expect(details).toEqual([expect.stringMatching(detail)]);
  });

  test("with every fault in details at once", async () => {
    const { details } = await refusal(
      registration(html, {
        name: "a b",
        version: "one",
        wasiVersion: "preview9",
        limits: { maxMemoryMB: 0, networkAccess: "AllowList" },
        requiredInterfaces: "wasi:cli/run@0.2.0",
      }),
    );
    expect(details).toEqual([
      expect.stringMatching(/^name: /),
      expect.stringMatching(/^version: /),
      expect.stringMatching(/^wasiVersion: /),
      expect.stringMatching(/^requiredInterfaces: /),
      expect.stringMatching(/^limits.maxMemoryMB: /),
      expect.stringMatching(/^limits.allowedHosts: /),
      expect.stringMatching(/Invalid WASM magic number/),
    ]);
  });

  test("when the version exists, whatever its bytes are", async () => {
    const body = registration(sound);
    await upload(body);
    const again = { ...body, wasmBinary: distinct(sound).toBase64() };
    const { status, body: answer } = await send<Problem>(MODULES, { json: again });
    expect([status, answer.error.code]).toEqual([409, "CONFLICT"]);
  });

  test("once, when the same version is registered twice at the same time", async () => {
    const body = registration(sound);
    const answers = await Promise.all([upload(body), upload(body), upload(body)]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409, 409]);
  });

  test.each([
    ["a raw body", "application/wasm"],
    ["a form", "multipart/form-data; boundary=edge"],
  ])("with 413 before %s of more than 50 MB was read to its end", async (_, type) => {
    const { stream, pulledMegabytes } = endless();
    const headers = { "Content-Type": type };
    const { status, body } = await send<Problem>(MODULES, { body: stream, headers });
    expect([status, body.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    expect(pulledMegabytes()).toBeLessThan(56);
  });

  test("with 413 before JSON that can't hold less than 50 MB was read to its end", async () => {
    const { stream, pulledMegabytes } = endless();
    const headers = { "Content-Type": "application/json" };
    const { status } = await send<Problem>(MODULES, { body: stream, headers });
    expect(status).toBe(413);
    expect(pulledMegabytes()).toBeLessThan(72);
  });

  test.each([
    ["JSON that is malformed", "application/json", "{", 400],
    ["JSON that is no object", "application/json", "[]", 400],
    ["a form that is malformed", "multipart/form-data; boundary=edge", "none", 400],
    ["a form without a file", "application/x-www-form-urlencoded", "name=a", 415],
    ["text", "text/plain", "module", 415],
  ])("with its own status for %s", async (...[, type, body, expected]) => {
    const answer = await send<Problem>(MODULES, { body, headers: { "Content-Type": type } });
    expect(answer.status).toBe(expected);
  });
});

/** A body without an end that counts what was asked of it. */
function endless(): { stream: ReadableStream; pulledMegabytes: () => number } {
  let pulled = 0;
  const chunk = new Uint8Array(1024 * 1024);
  const stream = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(chunk.slice());
    },
  });
  return { stream, pulledMegabytes: () => pulled };
}
