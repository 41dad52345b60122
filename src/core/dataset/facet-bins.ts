import { type Tally, unitOf } from './facet-tally.ts';

/** One bar of a histogram: numbers from `from` up to, not with, `to`; null for all that are not below. */
export interface Bin {
  readonly from: number;
  readonly to: number | null;
  readonly matched: number;
  readonly total: number;
}

type Numbers = Extract<Tally, { kind: 'numbers' }>;

const aboutBins = 20;
/** What lies beyond this share of all rows may get one open bar, when it would push the rest together. */
const usualShare = 0.99;

/** Bars with round edges over all numbers, and how many of each matched; exact, as a filter on the edges counts. */
export function histogram(total: Numbers, matched: Numbers | null): Bin[] {
  const numbers = [...total.counts].sort(([a], [b]) => a - b);
  const low = numbers[0]?.[0];
  if (low === undefined) return [];
  const { high, isOpen } = upperEnd(numbers, low);
  const step = stepOf(low, high, [total, ...(matched ? [matched] : [])]);
  const edge = (at: number): number => precise(at * step);
  let first = Math.floor(precise(low / step));
  if (edge(first) > low) first--;
  let last = Math.floor(precise(high / step));
  if (edge(last + 1) <= high) last++;
  const count = last - first + 1;
  const edges = Array.from({ length: count + 1 }, (_, at) => edge(first + at));
  const counted = (counts: ReadonlyMap<number, number>): number[] => {
    const bars = new Array<number>(count).fill(0);
    for (const [number, rows] of counts) {
      let at = Math.max(0, Math.min(count - 1, Math.floor(precise(number / step)) - first));
      while (at > 0 && number < (edges[at] ?? 0)) at--;
      while (at + 1 < count && number >= (edges[at + 1] ?? 0)) at++;
      bars[at] = (bars[at] ?? 0) + rows;
    }
    return bars;
  };
  const [all, some] = [counted(total.counts), counted(matched?.counts ?? new Map())];
  return all.map((rows, at) => ({
    from: Math.max(edges[at] ?? 0, -Number.MAX_VALUE),
    to:
      (isOpen && at === count - 1) || edges[at + 1] === Number.POSITIVE_INFINITY
        ? null
        : (edges[at + 1] ?? 0),
    matched: some[at] ?? 0,
    total: rows,
  }));
}

function upperEnd(
  numbers: readonly (readonly [number, number])[],
  low: number,
): { high: number; isOpen: boolean } {
  const rows = numbers.reduce((sum, [, count]) => sum + count, 0);
  const max = numbers.at(-1)?.[0] ?? low;
  let seen = 0;
  let usual = max;
  for (const [number, count] of numbers) {
    seen += count;
    usual = number;
    if (seen >= rows * usualShare) break;
  }
  return usual > low && max - low > 3 * (usual - low)
    ? { high: usual, isOpen: true }
    : { high: max, isOpen: false };
}

/** A round width (1, 2 or 5 times a power of ten) that gives about twenty bars, none finer than what was counted. */
function stepOf(low: number, high: number, tallies: readonly Numbers[]): number {
  const whole = tallies.every((tally) => tally.whole);
  const finest = Math.max(
    whole ? 1 : 0,
    // Edges are written with twelve digits.
    Math.max(Math.abs(low), Math.abs(high)) * 1e-11,
    ...tallies.flatMap(({ digits }) => [unitOf(low, digits), unitOf(high, digits)]),
  );
  // Of one number nothing says how wide its bar should be.
  const spread = high > low ? (high - low) / aboutBins : Math.abs(low) / 10;
  return roundStep(Math.max(whole && high === low ? 0 : spread, finest) || 1);
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const times = [1, 2, 5, 10].find((one) => precise(one * power) >= precise(least)) ?? 10;
  return precise(times * power);
}

/** A number without the last digits that arithmetic on decimals leaves. */
function precise(value: number): number {
  return Number(value.toPrecision(12));
}
