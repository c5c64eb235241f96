// Binaries that are made to hurt whoever reads them: each is taken in or refused with a reason, at once, and the node
// beside goes on.
import { beforeAll, describe, expect, test } from "vitest";
import { execute, serve } from "#test/builders/deployments.ts";
import { module, registration, upload } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import sound from "#test/fixtures/sound.wat";
import { core, oneFunction, oneType, u32 } from "#test/wasm/builder.ts";

const PREPARING_MS_MAX = 10_000;

let neighbour = "";

beforeAll(async () => {
  const { region } = await place(1);
  neighbour = await module(sound);
  await serve(neighbour, region);
});

/** A module of one function with this body, built without spreading: it may have millions of bytes. */
function withBody(code: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = u32(code.length + 1);
  const content = [1, ...size, 0];
  const header = core(oneType, oneFunction);
  const section = [10, ...u32(content.length + code.length), ...content];
  const bytes = new Uint8Array(header.length + section.length + code.length);
  bytes.set(header);
  bytes.set(section, header.length);
  bytes.set(code, header.length + section.length);
  return bytes;
}

function repeated(pattern: readonly number[], times: number, end: readonly number[]): Uint8Array {
  const code = new Uint8Array(pattern.length * times + end.length);
  for (let at = 0; at < times; at += 1) code.set(pattern, at * pattern.length);
  code.set(end, pattern.length * times);
  return code;
}

/** block; i32.const 0; br_table with so many targets; end; end */
function branches(targets: number): Uint8Array {
  const before = [0x02, 0x40, 0x41, 0, 0x0e, ...u32(targets)];
  const code = new Uint8Array(before.length + targets + 3);
  code.set(before);
  code.set([0x0b, 0x0b], code.length - 2);
  return code;
}

function nested(depth: number): Uint8Array {
  const code = new Uint8Array(depth * 3 + 1);
  for (let at = 0; at < depth; at += 1) code.set([0x02, 0x40], at * 2);
  code.fill(0x0b, depth * 2);
  return code;
}

describe("a binary made to hurt its reader", () => {
  test.each<[string, Uint8Array<ArrayBuffer>, number[], string]>([
    ["a million entries in a br_table", withBody(branches(1_000_000)), [400], "does not validate"],
    ["a function of 7 MB", withBody(repeated([0x41, 0, 0x1a], 2_333_333, [0x0b])), [201, 400], ""],
    ["a function of 8 MB", withBody(repeated([0x41, 0, 0x1a], 2_700_000, [0x0b])), [400], "body"],
    ["two hundred thousand nested blocks", withBody(nested(200_000)), [201, 400], ""],
    [
      "a count of functions that is not there",
      core(oneType, [3, 5, ...u32(4_294_967_295)]),
      [400],
      "function",
    ],
  ])("with %s is answered with its reason", async (...[, bytes, statuses, word]) => {
    const startedAt = performance.now();
    const { status, body } = await upload(registration(bytes));
    expect(statuses).toContain(status);
    expect(JSON.stringify(body)).toContain(word);
    expect(performance.now() - startedAt).toBeLessThan(PREPARING_MS_MAX);
    const { body: answer } = await execute({
      moduleId: neighbour,
      functionName: "echo",
      parameters: 1,
    });
    expect(answer.returnValue).toBe("1");
  });
});
