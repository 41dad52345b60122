import type { z } from 'zod';
import type { metricValueSchema, seriesSchema } from '../../src/protocol/run-dashboard.ts';

export type MetricValue = z.infer<typeof metricValueSchema>;
export type SeriesView = z.infer<typeof seriesSchema>;

/** A value at each step of the chart: null is a gap, undefined means that this line has no point there. */
export type Line = (number | null | undefined)[];

export interface OddValue {
  readonly step: number;
  readonly value: 'NaN' | 'Infinity' | '-Infinity';
}

export interface Aligned {
  /** Ascending steps of all lines together. */
  readonly steps: number[];
  readonly lines: Line[];
  /** Values that cannot be drawn, by line. */
  readonly odd: OddValue[][];
}

/** Brings series to one step axis; non-finite values and nulls become gaps, and the former are told apart. */
export function alignSeries(series: readonly Pick<SeriesView, 'steps' | 'values'>[]): Aligned {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, at) => [step, at]));
  const odd: OddValue[][] = [];
  const lines = series.map((one) => {
    const line: Line = new Array<number | null | undefined>(steps.length).fill(undefined);
    const strange: OddValue[] = [];
    one.steps.forEach((step, at) => {
      const value = one.values[at] ?? null;
      line[place.get(step) ?? 0] = typeof value === 'number' ? value : null;
      if (typeof value === 'string') strange.push({ step, value });
    });
    odd.push(strange);
    return line;
  });
  return { steps, lines, odd };
}

/**
 * The trend of a line: a mean whose weights fall off exponentially to both sides, so that it neither lags nor leads;
 * gaps stay gaps. The weight halves over a fiftieth of the points, so that a chart of any length keeps its shape. Null
 * when there are too few points to smooth.
 */
export function smoothLine(line: Line): Line | null {
  const points = line.reduce<number>((count, value) => count + (typeof value === 'number' ? 1 : 0), 0);
  if (points < 8) return null;
  const decay = 0.5 ** (1 / Math.max(1, points / 50));
  const before = decayingSums(line, decay);
  const after = decayingSums(line.toReversed(), decay).reverse();
  return line.map((value, at) => {
    const [left, right] = [before[at], after[at]];
    if (typeof value !== 'number' || !left || !right) return value;
    return (left.sum + right.sum - value) / (left.weight + right.weight - 1);
  });
}

function decayingSums(line: Line, decay: number): { sum: number; weight: number }[] {
  let sum = 0;
  let weight = 0;
  return line.map((value) => {
    if (typeof value === 'number') {
      sum = sum * decay + value;
      weight = weight * decay + 1;
    }
    return { sum, weight };
  });
}

/** The place of the point of `line` that lies nearest to `step`, -1 when it has none. */
export function nearestPoint(steps: readonly number[], line: Line, step: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  for (const direction of [-1, 1]) {
    for (let at = direction < 0 ? low - 1 : low; at >= 0 && at < steps.length; at += direction) {
      const gap = Math.abs((steps[at] ?? 0) - step);
      if (gap >= distance) break;
      if (line[at] === undefined) continue;
      best = at;
      distance = gap;
      break;
    }
  }
  return best;
}

/** The entry of ascending `steps` nearest to `step`; undefined without any. */
export function nearestStep(steps: readonly number[], step: number): number | undefined {
  const at = nearestPoint(
    steps,
    steps.map(() => 0),
    step,
  );
  return steps[at];
}

const cell = (value: MetricValue | undefined): string =>
  value === null || value === undefined ? '' : String(value);

const heading = (name: string): string => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** Series as CSV with one row a step: `step,train/reward,eval/reward`. */
export function seriesToCsv(series: readonly SeriesView[]): string {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  const columns = series.map((one) => new Map(one.steps.map((step, at) => [step, one.values[at]])));
  const head = ['step', ...series.map((one) => heading(`${one.split}/${one.name}`))].join(',');
  const rows = steps.map((step) => [step, ...columns.map((column) => cell(column.get(step)))].join(','));
  return `${[head, ...rows].join('\n')}\n`;
}

/** Numbers written with the fewest digits after the point, from `least`, that tell them apart. */
function apart(
  splits: readonly number[],
  least: number,
  write: (value: number, digits: number) => string,
): string[] {
  const count = new Set(splits).size;
  for (let digits = least; ; digits += 1) {
    const labels = splits.map((value) => write(value, digits).replaceAll('-', '−'));
    if (digits >= least + 6 || new Set(labels).size >= count) return labels;
  }
}

/** Tick labels of an axis: as many decimals as the distance between ticks needs, never more. */
export function tickLabels(splits: readonly number[], increment: number): string[] {
  const largest = Math.max(...splits.map(Math.abs), 0);
  if (largest > 0 && (largest < 1e-2 || increment < 1e-4)) {
    return apart(splits, 1, (value, digits) =>
      value === 0 ? '0' : value.toExponential(digits).replace(/\.?0+e/, 'e'),
    );
  }
  if (largest >= 10_000) {
    return apart(splits, 2, (value, digits) =>
      value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: digits }),
    );
  }
  let decimals = 0;
  while (decimals < 6 && Math.abs(increment * 10 ** decimals - Math.round(increment * 10 ** decimals)) > 1e-6)
    decimals += 1;
  const even = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return splits.map((value) => even.format(value).replace('-', '−'));
}
