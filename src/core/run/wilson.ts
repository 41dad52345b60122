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
