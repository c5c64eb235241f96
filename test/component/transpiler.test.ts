// The transpiler works on what strangers send. Which one it was names what it made: one that is changed must leave none
// of its old work in use.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { modules, source } from "#build/transpiler.ts";
import { transpilerIsolate, transpilerOf } from "#guest/isolate.ts";
import { component, core, oneFunction, oneType, section, u32, vector } from "#test/wasm/builder.ts";
import { prepareComponent } from "#wasm/prepare-component.ts";
import { command, unfolding } from "./fixtures/components.ts";

test("a component's transpiler is named by the digest of all that it consists of", async () => {
  const parts = [new TextEncoder().encode(source), ...Object.values(modules)];
  const hashed = new Uint8Array(await new Blob(parts).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", hashed)).toHex();
  expect(transpilerOf("component")).toBe(digest.slice(0, 16));
  expect(transpilerOf("core")).toBeNull();
});

test("a component whose types unfold without end is refused, and its neighbours have their turns meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const done = await transpile(unfolding, ["take"]);
  clearInterval(timer);
  expect(done).toEqual({
    ok: false,
    fault: expect.stringMatching(/^expected (?:types that unfold to|one that can be taken apart)/),
  });
  expect(turns).toBeGreaterThan(20);
});

test("a component with a core module that is invalid is refused before an isolate is made for it", async () => {
  const dropsNothing = section(10, vector([3, 0, 0x1a, 0x0b]));
  const invalid = core(oneType, oneFunction, dropsNothing);
  const bytes = component([1, ...u32(invalid.length), ...invalid]);
  const isolates: unknown[] = [];
  const prepared = prepareComponent(bytes, { maxMemoryMB: 16 }, async (given) => {
    isolates.push(given);
    return { ok: true, files: [] };
  });
  await expect(prepared).rejects.toThrow("core module 0: expected one that the engine takes");
  expect(isolates).toEqual([]);
});

test("a component is taken apart into the same parts each time", async () => {
  const [first, second] = [await transpile(command, []), await transpile(command, [])];
  expect(first.ok).toBe(true);
  expect(second).toEqual(first);
});

async function transpile(bytes: Uint8Array<ArrayBuffer>, functions: readonly string[]) {
  return transpilerIsolate(env).transpile(bytes, { imports: [], linked: [], functions });
}
