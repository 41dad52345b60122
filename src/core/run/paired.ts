import { type Interval, wilsonInterval } from './wilson.ts';

/** Rows that two models were both asked, by who answered them correctly. */
export interface PairedCounts {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

/**
 * The two-sided p-value of McNemar's exact conditional test (McNemar 1947; Fagerland, Lydersen & Laake 2013, BMC
 * Medical Research Methodology 13:91): if neither model is better, a row that only one of them answers is either's
 * with probability 1/2, so the smaller count is binomial; twice its lower tail, at most 1. Without such rows it is 1.
 */
export function mcnemarExact(onlyA: number, onlyB: number): number {
  const rows = onlyA + onlyB;
  const least = Math.min(onlyA, onlyB);
  if (least * 2 === rows) return 1;
  // The largest term C(rows, least) / 2^rows as a logarithm, which no count of rows makes overflow.
  let log = -rows * Math.LN2;
  for (let k = 1; k <= least; k++) log += Math.log((rows - least + k) / k);
  let sum = 1;
  for (let k = least, term = 1; k > 0 && term > 1e-18; k--) {
    term *= k / (rows - k + 1);
    sum += term;
  }
  return Math.min(1, 2 * Math.exp(log) * sum);
}

export interface PairedDifference extends Interval {
  /** Share of A minus share of B, −1..1. */
  readonly difference: number;
}

/**
 * The difference of two shares of the same rows with its 95 % interval: the Wilson intervals of both shares, squared and
 * added under their correlation (method 10 of Newcombe 1998, Statistics in Medicine 17:2635–2650).
 */
export function pairedDifference({ both, onlyA, onlyB, neither }: PairedCounts): PairedDifference {
  const n = both + onlyA + onlyB + neither;
  if (n === 0) return { difference: 0, low: -1, high: 1 };
  const [correctA, correctB] = [both + onlyA, both + onlyB];
  const [a, b] = [wilsonInterval(correctA, n), wilsonInterval(correctB, n)];
  const [shareA, shareB] = [correctA / n, correctB / n];
  const [belowA, aboveA] = [shareA - a.low, a.high - shareA];
  const [belowB, aboveB] = [shareB - b.low, b.high - shareB];
  const phi = correlation({ both, onlyA, onlyB, neither });
  const reach = (one: number, other: number) =>
    Math.sqrt(Math.max(0, one * one - 2 * phi * one * other + other * other));
  const difference = (onlyA - onlyB) / n;
  return {
    difference,
    low: Math.max(-1, difference - reach(belowA, aboveB)),
    high: Math.min(1, difference + reach(aboveA, belowB)),
  };
}

/** Newcombe's estimate of phi: towards 0 by n / 2 where it is positive; 0 where a margin is empty. */
function correlation({ both, onlyA, onlyB, neither }: PairedCounts): number {
  const margins = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  if (margins === 0) return 0;
  const product = both * neither - onlyA * onlyB;
  const half = (both + onlyA + onlyB + neither) / 2;
  return (product > 0 ? Math.max(0, product - half) : product) / Math.sqrt(margins);
}
