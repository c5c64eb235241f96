// Binaries that are made to hurt whoever reads them: each is taken in or refused with a reason, at once, and the node
// beside goes on.
import { beforeAll, describe, expect, test } from "vitest";
import { execute, serve } from "#test/builders/deployments.ts";
import { module, registration, upload } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import orphan from "#test/component/fixtures/orphan.wasm?bytes";
import sound from "#test/fixtures/sound.wat";
import { HURTFUL, asking, importing, injections } from "#test/wasm/hurtful.ts";

const PREPARING_MS_MAX = 10_000;

let neighbour = "";

beforeAll(async () => {
  const { region } = await place(1);
  neighbour = await module(sound);
  await serve(neighbour, region);
});

describe("a binary made to hurt its reader", () => {
  test.each(HURTFUL)("with $name is answered with its reason", async (hurtful) => {
    const startedAt = performance.now();
    const { status, body } = await upload(registration(hurtful.bytes()));
    expect(hurtful.statuses).toContain(status);
    expect(JSON.stringify(body)).toContain(hurtful.word);
    expect(performance.now() - startedAt).toBeLessThan(PREPARING_MS_MAX);
    await stillServed();
  });

  test("of names that end a string of the glue is refused before jco sees one", async () => {
    for (const bytes of injections("globalThis.taken=1;")) {
      const { status, body } = await upload(registration(bytes));
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toContain("printable ASCII");
    }
    await stillServed();
  });

  test.each([
    ["a core module", asking("env", "fetch")],
    ["a core module", asking("globalThis", "fetch")],
    ["a core module", asking("cloudflare:sockets", "connect")],
    ["a component", importing("wasi:host/fetch@0.2.0")],
  ])("of %s that reaches for what no host has is refused: %#", async (_, bytes) => {
    const { status, body } = await upload(registration(bytes));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("which no node provides");
  });

  test("of a component whose world imports a function by itself is refused", async () => {
    const { status, body } = await upload(registration(orphan));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("got log imported by the world itself");
  });
});

async function stillServed(): Promise<void> {
  const echo = { moduleId: neighbour, functionName: "echo", parameters: 1 };
  expect((await execute(echo)).body.returnValue).toBe("1");
}
