// What every isolate of a guest reads and runs before its first call.
import { expect, it } from "vitest";
import { source as component } from "#build/guest-entry.ts";
import { source as core } from "#build/guest-harness.ts";

it.each([
  ["core modules", core],
  ["components", component],
])("brings names of the meter, but not its tables: %s", (_, source) => {
  expect(source).toContain("edgeloom_gas");
  expect(source).not.toContain("global.get");
});
