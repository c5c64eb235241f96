// The five strategies as they are written: a name and a configuration of that strategy's own.
import { z } from "zod";
import { parseDuration } from "#domain/duration.ts";
import type { Strategy } from "./strategy.ts";

const DURATION_MS_MAX = 7 * 24 * 3_600_000;

function duration(fallback: string) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const parsed = parseDuration(text);
      if (parsed !== null && parsed <= DURATION_MS_MAX) return parsed;
      context.addIssue({
        code: "custom",
        message: `expected an ISO 8601 duration up to P7D such as PT5M, got ${JSON.stringify(text)}`,
      });
      return z.NEVER;
    })
    .meta({ type: "string", format: "duration", example: fallback });
}

/** What every strategy's configuration may say about health and promotion. */
const shared = {
  healthCheckFunction: z.string().min(1).optional(),
  successThreshold: z.int().min(1).max(100).optional(),
  failureThreshold: z.int().min(1).max(100).optional(),
  autoPromote: z.boolean().optional(),
};

const stages = z
  .array(z.int().min(1).max(100))
  .min(1)
  .max(20)
  .default([10, 25, 50, 100])
  .refine((given) => given.every((stage, index) => stage > (given[index - 1] ?? 0)), {
    message: "expected stages that grow",
  })
  .refine((given) => given.at(-1) === 100, { message: "expected 100 as the last stage" });

const canary = z.strictObject({ ...shared, stages, evaluationPeriod: duration("PT5M") });

const blueGreen = z.strictObject({
  ...shared,
  healthCheckTimeout: duration("PT30S"),
  keepBlueEnvironment: z.boolean().default(true),
  blueRetentionPeriod: duration("PT1H"),
});

const rolling = z.strictObject({
  ...shared,
  batchSize: z.int().min(1).max(1000).default(1),
  batchDelay: duration("PT30S"),
  healthCheckTimeout: duration("PT10S"),
  pauseOnFailure: z.boolean().default(true),
});

const regional = z.strictObject({
  ...shared,
  regionOrder: z.array(z.string()).optional(),
  interRegionDelay: duration("PT10M"),
  abortOnRegionFailure: z.boolean().default(false),
});

const abTesting = z.strictObject({
  ...shared,
  variantBPercentage: z.int().min(1).max(99).default(20),
  experimentDuration: duration("PT2H"),
  winnerCriteria: z
    .strictObject({
      metric: z.enum(["avg_latency_ms", "p95_latency_ms", "error_rate"]).default("avg_latency_ms"),
      threshold: z.number().positive().max(1000).default(10),
      comparison: z.enum(["lower_is_better", "higher_is_better"]).default("lower_is_better"),
    })
    .prefault({}),
  minimumSampleSize: z.int().min(1).max(10_000_000).default(1000),
});

/** A request with these fields, a strategy's name, and the configuration that fits it. */
export function strategyRequest<Fields extends z.ZodRawShape>(fields: Fields) {
  return z.discriminatedUnion(
    "strategy",
    [
      z.strictObject({ ...fields, strategy: z.literal("Canary"), strategyConfig: canary }),
      z.strictObject({ ...fields, strategy: z.literal("BlueGreen"), strategyConfig: blueGreen }),
      z.strictObject({ ...fields, strategy: z.literal("Rolling"), strategyConfig: rolling }),
      z.strictObject({ ...fields, strategy: z.literal("Regional"), strategyConfig: regional }),
      z.strictObject({ ...fields, strategy: z.literal("ABTesting"), strategyConfig: abTesting }),
    ],
    { error: "expected strategy to be Canary, BlueGreen, Rolling, Regional or ABTesting" },
  );
}

type Chosen =
  | { strategy: "Canary"; strategyConfig: z.output<typeof canary> }
  | { strategy: "BlueGreen"; strategyConfig: z.output<typeof blueGreen> }
  | { strategy: "Rolling"; strategyConfig: z.output<typeof rolling> }
  | { strategy: "Regional"; strategyConfig: z.output<typeof regional> }
  | { strategy: "ABTesting"; strategyConfig: z.output<typeof abTesting> };

/** Wire → domain: durations in ms, units last. */
export function strategyOf(chosen: Chosen): Strategy {
  switch (chosen.strategy) {
    case "Canary": {
      const { stages, evaluationPeriod } = chosen.strategyConfig;
      return { name: "Canary", stages, evaluationPeriodMs: evaluationPeriod };
    }
    case "BlueGreen": {
      const { healthCheckTimeout, keepBlueEnvironment, blueRetentionPeriod } =
        chosen.strategyConfig;
      return {
        name: "BlueGreen",
        healthCheckTimeoutMs: healthCheckTimeout,
        keepBlueEnvironment,
        blueRetentionPeriodMs: blueRetentionPeriod,
      };
    }
    case "Rolling": {
      const { batchSize, batchDelay, pauseOnFailure } = chosen.strategyConfig;
      return { name: "Rolling", batchSize, batchDelayMs: batchDelay, pauseOnFailure };
    }
    case "Regional": {
      const { regionOrder, interRegionDelay, abortOnRegionFailure } = chosen.strategyConfig;
      return {
        name: "Regional",
        regionOrder: regionOrder ?? null,
        interRegionDelayMs: interRegionDelay,
        abortOnRegionFailure,
      };
    }
    case "ABTesting": {
      const { variantBPercentage, experimentDuration, winnerCriteria, minimumSampleSize } =
        chosen.strategyConfig;
      return {
        name: "ABTesting",
        variantBPercentage,
        experimentDurationMs: experimentDuration,
        winnerCriteria,
        minimumSampleSize,
      };
    }
  }
}
