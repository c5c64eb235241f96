// One module of each kind, from its registration to its answer.
import { beforeAll, describe, expect, test } from "vitest";
import { execute, serve } from "#test/builders/deployments.ts";
import { module, registration, upload } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { geometry, slug, wordCount } from "#test/examples/bytes.ts";

const ids = { geometry: "", slug: "", words: "" };

beforeAll(async () => {
  const { region } = await place(1);
  ids.slug = await module(slug);
  ids.words = await module(wordCount, {
    wasiVersion: "preview1",
    limits: { environmentVariables: { GREETING: "good day" } },
  });
  ids.geometry = await module(geometry);
  for (const id of Object.values(ids)) await serve(id, region);
});

async function answered(moduleId: string, functionName: string, parameters?: unknown) {
  const { body } = await execute({ moduleId, functionName, parameters });
  return body;
}

test("a freestanding module answers JSON", async () => {
  const { success, returnValue } = await answered(ids.slug, "slug", { title: "Hello, World!" });
  expect([success, returnValue]).toEqual([true, '{"slug":"hello-world"}']);
});

describe("a WASI program", () => {
  test("finds its function among its arguments and its parameters in its input", async () => {
    const body = await answered(ids.words, "count", { text: "one two" });
    expect(JSON.parse(body.returnValue ?? "")).toEqual({ words: 2, lines: 0, bytes: 18 });
    expect([body.success, body.exitCode]).toEqual([true, 0]);
  });

  test("finds the environment that its limits name", async () => {
    expect((await answered(ids.words, "greet")).returnValue?.trim()).toBe(
      '{"greeting":"good day"}',
    );
  });

  test("tells its exit code and what it wrote to stderr", async () => {
    const body = await answered(ids.words, "unknown");
    expect([body.success, body.exitCode, body.error?.code]).toEqual([false, 64, "GUEST_EXIT"]);
    expect(body.stderr).toContain('got "unknown"');
  });
});

describe("a component", () => {
  const area = "example:geometry/shapes@1.0.0#area";
  const centroid = "example:geometry/shapes@1.0.0#centroid";
  const square = [0, 2].flatMap((x) => [0, 2].map((y) => ({ x, y: x === 0 ? y : 2 - y })));

  test.each<[string, unknown, unknown]>([
    [area, { shape: { circle: 2 } }, { ok: 4 * Math.PI }],
    [area, { shape: { polygon: square } }, { ok: 4 }],
    [area, { shape: "nothing" }, { ok: 0 }],
    [area, [{ circle: -1 }], { err: "expected a radius of at least 0" }],
    [centroid, { points: square }, { x: 1, y: 1 }],
    [centroid, { points: [] }, null],
    ["health-check", undefined, "OK"],
  ])("is called by its types: %s of %j", async (functionName, parameters, expected) => {
    const body = await answered(ids.geometry, functionName, parameters);
    expect([body.success, JSON.parse(body.returnValue ?? "")]).toEqual([true, expected]);
    expect(body.gasUsed).toBeGreaterThan(0);
  });

  test("is not called with what its types have no room for", async () => {
    const { status, body } = await execute({
      moduleId: ids.geometry,
      functionName: area,
      parameters: { shape: { circle: "2" } },
    });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("circle");
  });

  test("whose names could end a string of the glue is refused", async () => {
    const name = new TextEncoder().encode("cabi_realloc");
    const hurt = geometry.map((byte, at) => {
      const starts = name.findIndex((_, index) =>
        name.every((letter, place) => geometry[at - index + place] === letter),
      );
      return starts === 5 ? 0x27 : byte;
    });
    const { status, body } = await upload(registration(hurt));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("printable ASCII");
  });
});
