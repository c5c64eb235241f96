// Guests that won't end: each is stopped by its own gas and told so, and its neighbours go on.
import { beforeAll, describe, expect, test } from "vitest";
import { execute, serve } from "#test/builders/deployments.ts";
import { module, registration, upload } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import big from "#test/fixtures/big.wat";
import hostile from "#test/fixtures/hostile.wat";
import sound from "#test/fixtures/sound.wat";
import starting from "#test/fixtures/starting.wat";

const ids = { hostile: "", sound: "", starting: "" };

beforeAll(async () => {
  const { region } = await place(1);
  // A third of a second of work at most, and thirty seconds for it: a busy machine must not end it by the clock.
  const limits = { maxExecutionTimeSeconds: 30, maxCpuPercent: 1, maxMemoryMB: 2 };
  ids.hostile = await module(hostile, { limits });
  ids.starting = await module(starting, { limits });
  ids.sound = await module(sound);
  for (const id of Object.values(ids)) await serve(id, region);
});

describe("a guest that won't end", () => {
  test.each<[string, string, unknown]>([
    ["an endless loop", "loop", undefined],
    ["a loop over a table of labels", "table", [0]],
    ["a loop of calls through a table", "fanout", undefined],
    ["a storm of fills", "fill", undefined],
    ["a storm of copies", "copy", undefined],
    ["mutual tail calls", "mutual", undefined],
    ["exceptions thrown and caught", "caught", undefined],
    ["a table that grows without end", "handles", undefined],
  ])("is stopped by its gas in %s", async (...[, functionName, parameters]) => {
    const { status, body } = await execute({ moduleId: ids.hostile, functionName, parameters });
    expect([status, body.success, body.error?.code]).toEqual([200, false, "GUEST_GAS"]);
    // 1 % of thirty seconds, at the rate that the node has measured.
    expect(body.gasUsed).toBeGreaterThanOrEqual(300_000_000);
    expect(body.gasUsed).toBeLessThanOrEqual(6_000_000_000);
  });

  test("is stopped in its start function", async () => {
    const { body } = await execute({ moduleId: ids.starting, functionName: "answer" });
    expect([body.success, body.error?.code]).toEqual([false, "GUEST_GAS"]);
  });

  test("ends as an error in a recursion without end", async () => {
    const { body } = await execute({ moduleId: ids.hostile, functionName: "recurse" });
    expect(body.success).toBe(false);
    expect(["GUEST_STACK", "GUEST_GAS"]).toContain(body.error?.code);
  });

  test("gets no memory past its limit", async () => {
    const { body } = await execute({ moduleId: ids.hostile, functionName: "grow" });
    expect([body.returnValue, body.memoryUsedBytes]).toEqual(["32", 2 * 1024 * 1024]);
  });

  test("is told of its memory when it gives up for want of more", async () => {
    const { body } = await execute({ moduleId: ids.hostile, functionName: "exhaust" });
    expect([body.success, body.error?.code]).toEqual([false, "GUEST_MEMORY"]);
    expect(body.error?.message).toContain("2097152 bytes");
    expect(body.memoryUsedBytes).toBe(2 * 1024 * 1024);
  });

  test("leaves its neighbour on the node as it was", async () => {
    await execute({ moduleId: ids.hostile, functionName: "loop" });
    const { body } = await execute({ moduleId: ids.sound, functionName: "echo", parameters: 1 });
    expect([body.success, body.returnValue]).toEqual([true, "1"]);
  });
});

describe("a module that starts with more memory than its limit", () => {
  test("is refused at registration, with what it asks for", async () => {
    const { status, body } = await upload(registration(big, { limits: { maxMemoryMB: 1 } }));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("expected at most 16 pages to start with, got 32");
  });
});
