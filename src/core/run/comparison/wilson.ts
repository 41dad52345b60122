export interface Interval {
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959963984540054;

/** Wilson score interval of a share (Wilson 1927), 95 % by default; of nothing observed it is the whole [0, 1]. */
export function wilsonInterval(correct: number, n: number, z = z95): Interval {
  if (n <= 0) return { low: 0, high: 1 };
  const share = correct / n;
  const scale = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  // At the ends the formula is exact but rounding is not.
  return {
    low: correct <= 0 ? 0 : Math.max(0, centre - half),
    high: correct >= n ? 1 : Math.min(1, centre + half),
  };
}

export interface PairedComparison {
  readonly n: number;
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Share of the second minus share of the first. */
  readonly difference: number;
  /** Two-sided exact McNemar test (binomial on the discordant pairs); 1 when nothing differs. */
  readonly p: number;
}

/** Compares two models on the same problems; both lists say "correct" in the same order and have one length. */
export function comparePairs(first: readonly boolean[], second: readonly boolean[]): PairedComparison {
  if (first.length !== second.length) throw new RangeError('Paired results must have one length.');
  let both = 0;
  let onlyFirst = 0;
  let onlySecond = 0;
  for (const [index, one] of first.entries()) {
    const other = second[index] === true;
    if (one && other) both++;
    else if (one) onlyFirst++;
    else if (other) onlySecond++;
  }
  const n = first.length;
  return {
    n,
    both,
    onlyFirst,
    onlySecond,
    neither: n - both - onlyFirst - onlySecond,
    difference: n === 0 ? 0 : (onlySecond - onlyFirst) / n,
    p: mcnemarExact(onlyFirst, onlySecond),
  };
}

/** Two-sided exact McNemar p-value for the two counts of discordant pairs. */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  // Terms C(n, k) / 2^n by logarithms: 2^n overflows beyond 1,023 pairs.
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= Math.min(onlyFirst, onlySecond); k++) {
    logTerm += Math.log(n - k + 1) - Math.log(k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
