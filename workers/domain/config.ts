// What can be changed while the program runs. Only what something really reads stands here.
import { DEFAULT_POLICY } from "./autoscale/policy.ts";
import { DEFAULT_PROBE } from "./health/probe.ts";

export type Config = {
  readonly scaling: {
    /** How often the autoscaler looks at an app. */
    readonly checkSeconds: number;
    /** Of apps whose specs name none, from their next registration or change on. */
    readonly cooldownSeconds: number;
  };
  /** Of apps whose specs don't say, from their next registration or change on. */
  readonly health: {
    readonly checkSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
  };
  /** Days for which what happened, what was measured, and runs that have ended are kept. */
  readonly retention: { readonly events: number; readonly metrics: number; readonly runs: number };
};

/** What the specs of apps leave open. */
export type SpecDefaults = Pick<Config, "scaling" | "health">;

export type ConfigChange = {
  readonly [Section in keyof Config]?:
    | { readonly [Field in keyof Config[Section]]?: number | undefined }
    | undefined;
};

export const DEFAULT_CONFIG: Config = {
  scaling: { checkSeconds: 30, cooldownSeconds: DEFAULT_POLICY.cooldownSeconds },
  health: {
    checkSeconds: DEFAULT_PROBE.periodMs / 1000,
    timeoutSeconds: DEFAULT_PROBE.timeoutMs / 1000,
    failureThreshold: DEFAULT_PROBE.failureThreshold,
  },
  retention: { events: 30, metrics: 7, runs: 30 },
};

/** Days that each may be set to. Metrics can't be asked for over more than a week. */
export const RETENTION_DAYS_MAX = { events: 365, metrics: 7, runs: 365 } as const;

export const DAY_MS = 24 * 3_600_000;

/** What is given, and the rest as it was. */
export function changed(config: Config, { scaling, health, retention }: ConfigChange): Config {
  return {
    scaling: { ...config.scaling, ...given(scaling) },
    health: { ...config.health, ...given(health) },
    retention: { ...config.retention, ...given(retention) },
  };
}

function given<Section extends object>(
  section: Section | undefined,
): {
  [Field in keyof Section]?: Exclude<Section[Field], undefined>;
} {
  const fields = Object.entries(section ?? {}).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets the names, which are the section's own.
  return Object.fromEntries(fields) as ReturnType<typeof given<Section>>;
}
