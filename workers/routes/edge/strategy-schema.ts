// How a workload's rollouts are written: a strategy's name in this document's style, and what of it isn't as by default
// in the words of the rollouts' own API.
import { z } from "@hono/zod-openapi";
import { strategyOf, strategyRequest } from "#domain/strategy/parse-strategy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";

const NAMES = {
  rolling: "Rolling",
  canary: "Canary",
  "blue-green": "BlueGreen",
  regional: "Regional",
  "ab-testing": "ABTesting",
} as const satisfies Record<string, Strategy["name"]>;

type Name = keyof typeof NAMES;

/** Said of a deployment, and of none that a workload makes. */
const OTHERS = ["healthCheckFunction", "successThreshold", "failureThreshold", "autoPromote"];

const configured = strategyRequest({});

export const strategyFields = {
  strategy: z.enum(["rolling", "canary", "blue-green", "regional", "ab-testing"]),
  strategy_config: z.record(z.string(), z.unknown()).openapi({
    description: "As `strategyConfig` of a deployment; what is left out is as by default.",
    example: { batchSize: 2, batchDelay: "PT10S" },
  }),
};

type Config = Readonly<Record<string, unknown>>;

type Given = {
  readonly strategy?: Name | null | undefined;
  readonly strategy_config?: Config | undefined;
};

/** Of what `refineStrategy` found nothing wrong with. */
export function strategyFrom(name: Name, config: Config = {}): Strategy {
  return strategyOf(configured.parse(requestOf(name, config)));
}

/** What is wrong with what is named, for a schema that has these fields. */
export function refineStrategy(given: Given, context: z.RefinementCtx): void {
  const refuse = (path: readonly PropertyKey[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const { strategy, strategy_config: config } = given;
  if (strategy == null) {
    if (config !== undefined) refuse(["strategy_config"], "only a strategy has one: name it too");
    return;
  }
  for (const name of OTHERS) {
    if (config !== undefined && Object.hasOwn(config, name))
      refuse(["strategy_config", name], "a workload's strategy has no such field");
  }
  const { error } = configured.safeParse(requestOf(strategy, config ?? {}));
  for (const { path, message } of error?.issues ?? [])
    refuse(["strategy_config", ...path.slice(1)], message);
}

function requestOf(strategy: Name, strategyConfig: Config) {
  return { strategy: NAMES[strategy], strategyConfig };
}

export function strategyName({ name }: Strategy): Name {
  switch (name) {
    case "Rolling":
      return "rolling";
    case "Canary":
      return "canary";
    case "BlueGreen":
      return "blue-green";
    case "Regional":
      return "regional";
    case "ABTesting":
      return "ab-testing";
  }
}
