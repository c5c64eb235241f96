// Of which version a node's latency is taken.
import { expect, test } from "vitest";
import { p95ByNode } from "#domain/placement/latency.ts";

const of = (nodeId: string, moduleId: string, [calls, p95Ms]: readonly [number, number]) => ({
  nodeId,
  moduleId,
  calls,
  p95Ms,
});

test("a node's own measure of the version counts, else that of the version it ran most", () => {
  const measured = [
    of("a", "web-v1.0.0", [900, 80]),
    of("a", "web-v2.0.0", [1, 8]),
    of("b", "web-v1.0.0", [3, 30]),
    of("b", "web-v1.1.0", [9, 11]),
    of("c", "web-v2-v2.0.0", [9, 1]),
  ];
  expect(Object.fromEntries(p95ByNode("web-v2.0.0", measured))).toEqual({ a: 8, b: 11 });
  expect(p95ByNode("other-v1.0.0", measured).size).toBe(0);
});
