// Two targets side by side: interleaved rounds of one run, so that what else the machine does falls on both.
import { measure } from "./load.ts";
import type { Connections, Measured, Target } from "./load.ts";
import { spread, told } from "./statistics.ts";

export const ROUNDS = 7;
export const ROUND_MS = 3_000;
const WARM_MS = 3_000;

export type Round = { readonly product: Measured; readonly bare: Measured };

export type Compared = {
  /** What the product's target is called. */
  readonly name: string;
  readonly product: Target;
  readonly bare: Target;
  /** What is done about each measuring of the product. */
  readonly around?: (measured: () => Promise<Measured>) => Promise<Measured>;
};

/** Prints each round, then the medians. */
export async function inRounds(connections: Connections, compared: Compared): Promise<Round[]> {
  const { name, product, bare, around = (measured) => measured() } = compared;
  for (const target of [product, bare]) await measure(connections, target, WARM_MS);
  const rounds: Round[] = [];
  console.log(`${ROUNDS} rounds of ${ROUND_MS / 1000} s each, ${connections.size} connections\n`);
  console.log(
    `round      ${name}: req/s  p50 ms  p99 ms      bare: req/s  p50 ms  p99 ms     ratio`,
  );
  for (let number = 1; number <= ROUNDS; number += 1) {
    const ours = () => around(() => measure(connections, product, ROUND_MS));
    const theirs = () => measure(connections, bare, ROUND_MS);
    const isFirst = number % 2 === 1;
    const before = isFirst ? await ours() : null;
    const other = await theirs();
    const round = { product: before ?? (await ours()), bare: other };
    rounds.push(round);
    console.log(
      `${String(number).padStart(5)}      ${cells(round.product)}           ${cells(round.bare)}     ${ratioOf(round).toFixed(3)}`,
    );
  }
  const of = (figure: (round: Round) => number, digits = 2): string =>
    told(spread(rounds.map(figure)), digits);
  console.log(`
median over the rounds (least to most):
  ${name}  ${of(({ product }) => product.perSecond, 0)} req/s, p50 ${of(({ product }) => product.p50Ms)} ms, p99 ${of(({ product }) => product.p99Ms)} ms
  bare      ${of(({ bare }) => bare.perSecond, 0)} req/s, p50 ${of(({ bare }) => bare.p50Ms)} ms, p99 ${of(({ bare }) => bare.p99Ms)} ms
  ratio     ${of(ratioOf, 3)}`);
  return rounds;
}

export function ratioOf({ product, bare }: Round): number {
  return product.perSecond / bare.perSecond;
}

function cells({ perSecond, p50Ms, p99Ms }: Measured): string {
  return `${perSecond.toFixed(0).padStart(10)}  ${p50Ms.toFixed(2).padStart(6)}  ${p99Ms.toFixed(2).padStart(6)}`;
}
