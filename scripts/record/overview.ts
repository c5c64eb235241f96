// The first section of BENCHMARKS.md: everything beside its yardstick, what it uses and costs, and the charts. GitHub draws
// Mermaid's charts itself.
import { keptFigures } from "./figures.ts";
import type { Figure, Series } from "./figures.ts";
import { PRICES, PRICES_OF, priceOf } from "./prices.ts";
import type { Uses } from "./prices.ts";
import { told } from "#scripts/bench/statistics.ts";

export function overview(): string {
  const kept = [...keptFigures().values()];
  const figures = kept.flatMap(({ figures }) => figures ?? []);
  const series = kept.flatMap(({ series }) => series ?? []);
  return [
    "Medians (least to most) over the rounds of one run.",
    "",
    ...beside(figures),
    "",
    ...shares(figures),
    "",
    ...used(figures),
    "",
    ...series.flatMap((one) => [...line(one), ""]),
  ]
    .join("\n")
    .trimEnd();
}

function beside(figures: readonly Figure[]): string[] {
  return table([
    ["measured", "ours", "yardstick", "", "ratio"],
    ...figures.map(({ what, unit, ours, yardstick, ratio }) => [
      what,
      `${told(ours, digitsOf(ours.median))} ${unit}`,
      yardstick === null ? "–" : yardstick.what,
      yardstick === null ? "–" : `${told(yardstick, digitsOf(yardstick.median))} ${unit}`,
      ratio === null ? "–" : told(ratio, 2),
    ]),
  ]);
}

/** Each one's speed beside its yardstick's: of rates the ratio, of times its inverse. */
function shares(figures: readonly Figure[]): string[] {
  const most = Math.max(1, ...figures.map(shareOf)) * 1.1;
  const drawn = figures.filter(({ ratio }) => ratio !== null);
  return chart({
    title: "Speed beside the yardstick, which is 1",
    x: JSON.stringify(drawn.map(({ what }) => what)),
    y: `"of the yardstick" 0 --> ${most.toFixed(1)}`,
    kind: "bar",
    values: drawn.map(shareOf),
  });
}

function shareOf({ unit, ratio }: Figure): number {
  if (ratio === null) return 0;
  return unit === "ms" ? 1 / ratio.median : ratio.median;
}

function used(figures: readonly Figure[]): string[] {
  const counted = figures.flatMap(({ what, uses }) => (uses === null ? [] : [{ what, uses }]));
  const cell = (uses: Uses, key: keyof Uses): string => Number(uses[key].toFixed(4)).toString();
  return [
    "What one operation was counted to use, and Cloudflare's list price of a million. CPU time, the time that objects and",
    "guests run for, and what is stored come on top: $0.02 for a million milliseconds of CPU, $12.50 for a million GB-s.",
    "",
    ...table([
      [
        "operation",
        "requests",
        "object calls",
        "D1 queries",
        "rows read",
        "rows written",
        "R2 reads",
        "R2 writes",
        "$ a million",
      ],
      ...counted.map(({ what, uses }) => [
        what,
        cell(uses, "requests"),
        cell(uses, "objectCalls"),
        cell(uses, "d1Queries"),
        cell(uses, "rowsRead"),
        cell(uses, "rowsWritten"),
        cell(uses, "r2Reads"),
        cell(uses, "r2Writes"),
        priceOf(uses).toFixed(2),
      ]),
    ]),
    "",
    `List prices of ${PRICES_OF}, above what the Workers Paid plan includes:`,
    "",
    ...table([["a million", "$"], ...PRICES.map(({ what, dollars }) => [what, String(dollars)])]),
  ];
}

function line({ title, x, y }: Series): string[] {
  const least = x.values[0] ?? 0;
  const most = x.values.at(-1) ?? 0;
  return chart({
    title,
    x: `${JSON.stringify(x.title)} ${least} --> ${most}`,
    y: `${JSON.stringify(y.title)} 0 --> ${Math.ceil(Math.max(...y.values) * 1.1)}`,
    kind: "line",
    values: y.values,
  });
}

function chart(of: {
  title: string;
  x: string;
  y: string;
  kind: "bar" | "line";
  values: readonly number[];
}): string[] {
  const { title, x, y, kind, values } = of;
  const numbers = values.map((value) => Number(value.toFixed(3)));
  return [
    "```mermaid",
    // Bars have names, which need room beside them.
    kind === "bar" ? "xychart-beta horizontal" : "xychart-beta",
    `  title ${JSON.stringify(title)}`,
    `  x-axis ${x}`,
    `  y-axis ${y}`,
    `  ${kind} ${JSON.stringify(numbers)}`,
    "```",
  ];
}

/** As oxfmt lays tables out: each column as wide as its widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...others] = rows;
  const widths = head.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const laid = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 3)).join(" | ")} |`;
  return [laid(head), laid(widths.map((width) => "-".repeat(width))), ...others.map(laid)];
}

function digitsOf(value: number): number {
  return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}
