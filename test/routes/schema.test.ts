// Wire → domain: what a request that leaves things out means.
import { describe, expect, test } from "vitest";
import { deploymentBody } from "#routes/wasm/schema.ts";

describe("a health function's time", () => {
  const timeoutOf = (given: object): number => {
    const body = { moduleId: "a-v1.0.0", targetRegions: ["us-east"], strategyConfig: {}, ...given };
    return deploymentBody.parse(body).health.timeoutMs;
  };

  test("is 5 s where nothing is said", () => {
    expect(timeoutOf({ strategy: "Canary" })).toBe(5_000);
  });

  test("is the Rolling strategy's healthCheckTimeout, unless healthCheck names one", () => {
    const rolling = { strategy: "Rolling", strategyConfig: { healthCheckTimeout: "PT7S" } };
    expect(timeoutOf({ strategy: "Rolling" })).toBe(10_000);
    expect(timeoutOf(rolling)).toBe(7_000);
    expect(timeoutOf({ ...rolling, healthCheck: { timeoutSeconds: 2 } })).toBe(2_000);
  });
});
