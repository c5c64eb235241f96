// Prometheus' text form, version 0.0.4. What nobody measured has no sample.
type Labels = { readonly [name: string]: string };

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "untyped";
  readonly samples: readonly Sample[];
};

export type Sample = {
  /** `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
};

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A family without samples is left out: it would say that something is measured. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ suffix = "", labels = {}, value }) => {
        return `${name}${suffix}${labelled(labels)} ${value}`;
      });
      return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
    })
    .join("\n");
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "counter", samples };
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "gauge", samples };
}

export type Distribution = {
  /** How many were at most as long as each bound, in the bounds' order. */
  readonly atMost: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
};

export function histogram(
  { name, help }: Pick<Family, "name" | "help">,
  boundsSeconds: readonly number[],
  { atMost, count, sumSeconds }: Distribution,
): Family {
  const buckets = boundsSeconds.map((bound, index) => ({
    suffix: "_bucket",
    labels: { le: String(bound) },
    value: atMost[index] ?? 0,
  }));
  const rest = [
    { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
    { suffix: "_sum", value: sumSeconds },
    { suffix: "_count", value: count },
  ];
  return { name, help, type: "histogram", samples: [...buckets, ...rest] };
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
