// Two targets side by side: interleaved rounds of one run, so that what else the machine does falls on both.
import type { Figure } from "#scripts/record/figures.ts";
import type { Uses } from "#scripts/record/prices.ts";
import { measure } from "./load.ts";
import type { Connections, Measured, Target } from "./load.ts";
import { spread, told } from "./statistics.ts";
import { difference, sumOf } from "./uses.ts";
import type { Counts } from "./uses.ts";

export const ROUNDS = 7;
export const ROUND_MS = 3_000;
const WARM_MS = 3_000;

export type Round = { readonly product: Measured; readonly bare: Measured };

type Side = (forMs: number) => Promise<Measured>;

export type Compared<Measuring> = {
  /** What the product's side is called. */
  readonly name: string;
  readonly product: Measuring;
  readonly bare: Measuring;
  /** What the program has asked of its bindings so far. */
  readonly counts?: () => Promise<Counts>;
};

export type Rounds = {
  readonly rounds: readonly Round[];
  /** What the program asked of its bindings while it was measured, */
  readonly used: Counts;
  /** and what it asked by itself for as long, while the other side was. */
  readonly idle: Counts;
};

/** Over these connections, each of which sends its next request when it has its answer. */
export function inRounds(connections: Connections, compared: Compared<Target>): Promise<Rounds> {
  const over = (target: Target): Side => {
    return (forMs) => measure(connections, target, forMs);
  };
  const { product, bare } = compared;
  console.log(`${connections.size} connections`);
  return sideBySide({ ...compared, product: over(product), bare: over(bare) });
}

/** Prints each round, then the medians. */
export async function sideBySide(compared: Compared<Side>): Promise<Rounds> {
  const { name, product, bare, counts = () => Promise.resolve({}) } = compared;
  for (const side of [product, bare]) await side(WARM_MS);
  const rounds: Round[] = [];
  const used: Counts[] = [];
  const idle: Counts[] = [];
  const counted = async (side: Side, into: Counts[]): Promise<Measured> => {
    const before = await counts();
    const measured = await side(ROUND_MS);
    into.push(difference(await counts(), before));
    return measured;
  };
  console.log(`${ROUNDS} rounds of ${ROUND_MS / 1000} s each\n`);
  console.log(
    `round      ${name}: per s   p50 ms  p99 ms      bare: per s   p50 ms  p99 ms     ratio`,
  );
  for (let number = 1; number <= ROUNDS; number += 1) {
    const isFirst = number % 2 === 1;
    const before = isFirst ? await counted(product, used) : null;
    const other = await counted(bare, idle);
    const round = { product: before ?? (await counted(product, used)), bare: other };
    rounds.push(round);
    console.log(
      `${String(number).padStart(5)}      ${cells(round.product)}           ${cells(round.bare)}     ${ratioOf(round).toFixed(3)}`,
    );
  }
  const of = (figure: (round: Round) => number, digits = 2): string =>
    told(spread(rounds.map(figure)), digits);
  console.log(`
median over the rounds (least to most):
  ${name}  ${of(({ product }) => product.perSecond, 0)} a second, p50 ${of(({ product }) => product.p50Ms)} ms, p99 ${of(({ product }) => product.p99Ms)} ms
  bare      ${of(({ bare }) => bare.perSecond, 0)} a second, p50 ${of(({ bare }) => bare.p50Ms)} ms, p99 ${of(({ bare }) => bare.p99Ms)} ms
  ratio     ${of(ratioOf, 3)}`);
  return { rounds, used: sumOf(used), idle: sumOf(idle) };
}

export function ratioOf({ product, bare }: Round): number {
  return product.perSecond / bare.perSecond;
}

export function operationsOf(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { product }) => sum + product.requests, 0);
}

/** The rates of both sides, as data. */
export function rateFigure(
  rounds: readonly Round[],
  of: { what: string; yardstick: string; uses: Uses | null },
): Figure {
  const { what, yardstick, uses } = of;
  return {
    what,
    unit: "req/s",
    ours: spread(rounds.map(({ product }) => product.perSecond)),
    yardstick: { what: yardstick, ...spread(rounds.map(({ bare }) => bare.perSecond)) },
    ratio: spread(rounds.map(ratioOf)),
    uses,
  };
}

function cells({ perSecond, p50Ms, p99Ms }: Measured): string {
  return `${perSecond.toFixed(0).padStart(10)}  ${p50Ms.toFixed(2).padStart(6)}  ${p99Ms.toFixed(2).padStart(6)}`;
}
