// Which transpiler a prepared component is named by: one that is changed must leave none of its old work in use.
import { expect, test } from "vitest";
import { modules, source } from "#build/transpiler.ts";
import { transpilerOf } from "#guest/isolate.ts";

test("a component's transpiler is named by the digest of all that it consists of", async () => {
  const parts = [new TextEncoder().encode(source), ...Object.values(modules)];
  const hashed = new Uint8Array(await new Blob(parts).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", hashed)).toHex();
  expect(transpilerOf("component")).toBe(digest.slice(0, 16));
  expect(transpilerOf("core")).toBeNull();
});
