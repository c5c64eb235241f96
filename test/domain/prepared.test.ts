import { expect, test } from "vitest";
import { preparedKey } from "#domain/prepared.ts";

const preparation = { digest: "d", meterVersion: 3, transpiler: "jco-1", maxMemoryMB: 16 };

test.each([
  ["artifact", { digest: "e" }],
  ["meter", { meterVersion: 4 }],
  ["transpiler", { transpiler: "jco-2" }],
  ["lack of a transpiler", { transpiler: null }],
  ["memory limit", { maxMemoryMB: 17 }],
])("another %s is another prepared artifact", (_, change) => {
  expect(preparedKey({ ...preparation, ...change })).not.toBe(preparedKey(preparation));
});
