import type uPlot from 'uplot';
import { alignSeries, type OddValue, type SeriesView, smoothLine, tickLabels } from './chart-data.ts';
import type { ChartPlan } from './chart-plan.ts';
import type { ChartTheme } from './chart-theme.ts';
import { timeIncrements, timeLabels } from './time-axis.ts';
import type { Axis } from './view-state.ts';

const stepIncrements = [
  1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 2500, 5e3, 1e4, 2e4, 2.5e4, 5e4, 1e5, 2e5, 5e5, 1e6,
];

/** What a chart draws of its series. */
export interface Drawn {
  readonly data: uPlot.AlignedData;
  readonly series: uPlot.Series[];
  /** Values that no line can show. */
  readonly odd: readonly OddValue[];
  /** Changes when lines are added or look otherwise; then new data alone are not enough. */
  readonly key: string;
  /** Places of smoothed lines in `series`. */
  readonly smoothed: ReadonlySet<number>;
}

/** Raw points faint under a smoothed line; evaluation dashed with its points; a share in its own colour and scale. */
export function drawSeries(plan: ChartPlan, all: readonly SeriesView[], theme: ChartTheme): Drawn {
  const drawn = all.filter(
    ({ name, split, steps }) =>
      steps.length > 0 && (name === plan.name || (name === plan.share?.name && split === 'train')),
  );
  const aligned = alignSeries(drawn);
  const series: uPlot.Series[] = [{}];
  const lines: uPlot.AlignedData[number][] = [];
  const smoothed = new Set<number>();
  const keys: string[] = [];
  const add = (line: uPlot.AlignedData[number], look: uPlot.Series) => {
    lines.push(line);
    series.push({ points: { show: false }, ...look });
  };
  drawn.forEach((one, at) => {
    const line = aligned.lines[at] ?? [];
    const isShare = one.name !== plan.name;
    const stroke = isShare ? theme.share : theme[one.split];
    const scale = isShare ? 'share' : 'y';
    const isEval = one.split === 'eval';
    const smooth = isEval || plan.name === 'lr' ? null : smoothLine(line);
    const dotted = one.steps.length < (isEval ? 40 : 8);
    keys.push(`${one.split}/${one.name} ${smooth ? 'smooth' : dotted ? 'dots' : 'plain'}`);
    if (smooth) {
      add(line, { scale, stroke, width: 1, alpha: theme.faint });
      add(smooth, { scale, stroke, width: 1.5 });
      smoothed.add(lines.length);
    } else {
      const points = { show: dotted, size: 4, fill: stroke, stroke };
      add(line, { scale, stroke, width: 1.5, points, ...(isEval ? { dash: [4, 3] } : {}) });
    }
  });
  return {
    data: [aligned.steps, ...lines] as uPlot.AlignedData,
    series,
    odd: aligned.odd.flat(),
    key: keys.join(', '),
    smoothed,
  };
}

/** The axis of steps or of time below, the metric's on the left, that of a share on the right. */
export function chartAxes(plan: ChartPlan, theme: ChartTheme, x: Axis): uPlot.Axis[] {
  const percent: uPlot.Axis.DynamicValues = (_chart, splits, _axis, _space, increment) =>
    tickLabels(
      splits.map((value) => value * 100),
      increment * 100,
    ).map((label) => `${label}%`);
  const plain: uPlot.Axis.DynamicValues = (_chart, splits, _axis, _space, increment) =>
    tickLabels(splits, increment);
  const axis: uPlot.Axis = {
    stroke: theme.text,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1, dash: theme.gridDash },
    ticks: { show: false },
    gap: 4,
    space: 28,
  };
  const bare = { show: false };
  const times: uPlot.Axis.DynamicValues = (_chart, splits, _axis, _space, increment) =>
    timeLabels(splits, increment);
  const below =
    x === 'time' ? { incrs: timeIncrements, values: times } : { incrs: stepIncrements, values: plain };
  return [
    { ...axis, size: 20, grid: bare, space: 56, ...below },
    { ...axis, scale: 'y', size: widthFor, gap: 9, values: plan.unit === 'share' ? percent : plain },
    ...(plan.share ? [{ ...axis, scale: 'share', side: 1, size: 40, grid: bare, values: percent }] : []),
  ];
}

/** Room for the longest label of a value axis, px; charts of usual labels stand in one line. */
const widthFor: uPlot.Axis.Size = (_chart, labels) =>
  Math.max(53, 18 + 6.5 * Math.max(0, ...(labels ?? []).map((label) => label.length)));

/** Ends of a value axis: a share starts at 0, other values get a little air, and 0 is not passed for its sake. */
export function valueRange(low: number | null, high: number | null, share: boolean): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (share && low >= 0 && high <= 1) return [0, high > 0.9 ? 1 : Math.max(0.05, high * 1.1)];
  const pad = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.1 || 1;
  return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
}
