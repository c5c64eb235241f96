// What can be changed while the program runs. Only what something really reads stands here.
export type Config = {
  /** Days for which what happened, what nodes measured, and runs that have ended are kept. */
  readonly retention: { readonly events: number; readonly metrics: number; readonly runs: number };
};

export type ConfigChange = { readonly retention?: Partial<Config["retention"]> | undefined };

export const DEFAULT_CONFIG: Config = { retention: { events: 30, metrics: 7, runs: 30 } };

/** Days that each may be set to. Metrics can't be asked for over more than a week. */
export const RETENTION_DAYS_MAX = { events: 365, metrics: 7, runs: 365 } as const;

export const DAY_MS = 24 * 3_600_000;

export function changed(config: Config, { retention = {} }: ConfigChange): Config {
  const { events, metrics, runs } = config.retention;
  return {
    retention: {
      events: retention.events ?? events,
      metrics: retention.metrics ?? metrics,
      runs: retention.runs ?? runs,
    },
  };
}
