// A real C program, built with Debian's clang and wasi-libc, as a node runs it.
import { describe, expect, test } from "vitest";
import type { FileGrant, GuestCall } from "#domain/execution.ts";
import { callGuest } from "#test/guest/call.ts";
import report from "./fixtures/report.wasi";

async function run(name: string, given: Partial<GuestCall> = {}) {
  const signature = { name, style: "command", parameters: [], results: [] } as const;
  return callGuest(report, { function: signature, ...given });
}

const granted = (access: FileGrant["access"]): FileGrant => ({
  access,
  preopens: ["/data"],
  files: [{ path: "/data/in.txt", text: "ab" }],
});

describe("a command", () => {
  test("finds its name, the function's, its environment and its parameters", async () => {
    const answer = await run("say", { environment: { GREETING: "hi" }, arguments: '{"a":[1]}' });
    expect(answer.failure).toBeNull();
    expect(JSON.parse(answer.returnValue ?? "")).toEqual({
      argc: 2,
      argv0: "report",
      env: "hi",
      input: { a: [1] },
    });
    expect([answer.exitCode, answer.stderr]).toEqual([0, ""]);
    expect(answer.gasUsed).toBeGreaterThan(0);
  });

  test("keeps its exit code and all that it wrote before", async () => {
    const answer = await run("exit");
    expect(answer).toMatchObject({
      returnValue: null,
      failure: { code: "GUEST_EXIT" },
      exitCode: 7,
      stdout: "left over",
      stderr: "going\n",
    });
    expect(answer.gasUsed).toBeGreaterThan(0);
  });

  test.each([
    ["text", '"text"'],
    ["[1,2]", "[1,2]"],
    ["not json", '"not json"'],
  ])("that writes %s returns JSON", async (written, returned) => {
    expect(await run("echo", { arguments: written })).toMatchObject({ returnValue: returned });
  });

  test("that writes nothing returns null", async () => {
    expect(await run("silent")).toMatchObject({ returnValue: null, failure: null, exitCode: 0 });
  });

  test("that floods stdout ends where a result may be no longer", async () => {
    const answer = await run("flood");
    expect(answer).toMatchObject({
      failure: { code: "GUEST_OUTPUT", message: expect.stringContaining("the 1024 bytes") },
      exitCode: null,
    });
    expect(answer.stdout.length).toBeLessThan(1_100);
    // Of a thousand million.
    expect(answer.gasUsed).toBeLessThan(1_000_000);
  });

  test("sleeps without spending gas on it", async () => {
    const before = performance.now();
    const answer = await run("sleep");
    expect(answer).toMatchObject({ returnValue: '"slept"', exitCode: 0 });
    expect(performance.now() - before).toBeGreaterThan(40);
    expect(answer.gasUsed).toBeLessThan(1_000_000);
  });
});

describe("a command's files", () => {
  test("are not there while access is Disabled", async () => {
    const answer = await run("files", { files: granted("Disabled") });
    const told = JSON.parse(answer.returnValue ?? "");
    expect([told.read < 0, told.opened > 0, told.up, told.entries]).toEqual([true, true, 1, 0]);
  });

  test("can be read and not changed while access is ReadOnly", async () => {
    const answer = await run("files", { files: granted("ReadOnly") });
    const told = JSON.parse(answer.returnValue ?? "");
    expect([told.read, told.opened > 0, told.up, told.entries]).toEqual([195, true, 1, 3]);
  });

  test("can be written, read back and renamed while access is ReadWrite", async () => {
    const answer = await run("files", { files: granted("ReadWrite") });
    expect(JSON.parse(answer.returnValue ?? "")).toEqual({
      read: 195,
      opened: 0,
      back: 294,
      up: 1,
      renamed: 0,
      entries: 4,
    });
  });
});
