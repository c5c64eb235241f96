// What a command measured, as data: written as JSON beside BENCHMARKS.md's text, and read for its overview.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Spread } from "#scripts/bench/statistics.ts";
import type { Uses } from "./prices.ts";

const RESULTS = fileURLToPath(new URL("results", import.meta.url));

export type Figure = {
  readonly what: string;
  readonly unit: "req/s" | "ms";
  readonly ours: Spread;
  readonly yardstick: (Spread & { readonly what: string }) | null;
  /** Ours to the yardstick's of the same round: of rates more is better, of times less. */
  readonly ratio: Spread | null;
  /** Of one operation. */
  readonly uses: Uses | null;
};

export type Series = {
  readonly title: string;
  readonly x: { readonly title: string; readonly values: readonly number[] };
  readonly y: { readonly title: string; readonly values: readonly number[] };
};

export type Figures = { readonly figures?: readonly Figure[]; readonly series?: readonly Series[] };

export function fileOf(name: string): string {
  return join(RESULTS, `${name}.json`);
}

/** Where `--json FILE` of the command line says; nowhere without. */
export function keepFigures(figures: Figures, file: string | undefined): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}

/** By the name of what measured them. */
export function keptFigures(): Map<string, Figures> {
  if (!existsSync(RESULTS)) return new Map();
  const names = readdirSync(RESULTS).map((file) => file.replace(/\.json$/, ""));
  // Written by keepFigures.
  return new Map(
    names.map((name) => [name, JSON.parse(readFileSync(fileOf(name), "utf8")) as Figures]),
  );
}
