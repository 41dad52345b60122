import type uPlot from 'uplot';
import { alignSeries, nearestPoint, type SeriesView, smoothLine } from './chart-data.ts';
import type { Drawn } from './chart-drawing.ts';
import type { ChartTheme } from './chart-theme.ts';
import { lookDashes } from './compare-looks.ts';
import type { Axis } from './view-state.ts';

/** The series of one of several runs that lie over each other in a chart; the first is the dashboard's own. */
export interface Overlay {
  readonly id: string;
  readonly name: string;
  readonly look: number;
  /** Of the chart's one metric, by split. */
  readonly series: readonly SeriesView[];
}

/** Where the points of a series stand on an axis. */
export const placesOn = (axis: Axis, series: SeriesView): readonly number[] =>
  axis === 'time' ? ascending(series.seconds) : series.steps;

/** A clock that was set back must not turn a line back. */
function ascending(seconds: readonly number[]): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return seconds.map((value) => {
    last = Math.max(last, value);
    return last;
  });
}

/** One smoothed line a run in its own colour and dash; its evaluations as points of the same colour. */
export function drawOverlays(overlays: readonly Overlay[], axis: Axis, theme: ChartTheme): Drawn {
  const drawn = overlays.flatMap(({ id, look, series }) =>
    series.filter(({ steps }) => steps.length > 0).map((one) => ({ id, look, one })),
  );
  const aligned = alignSeries(
    drawn.map(({ one }) => ({ steps: [...placesOn(axis, one)], values: one.values })),
  );
  const lines: uPlot.AlignedData[number][] = [];
  const series: uPlot.Series[] = [{}];
  const smoothed = new Set<number>();
  const keys: string[] = [];
  drawn.forEach(({ id, look, one }, at) => {
    const raw = aligned.lines[at] ?? [];
    const isEval = one.split === 'eval';
    const smooth = isEval || one.name === 'lr' ? null : smoothLine(raw);
    const stroke = theme.looks[look] ?? theme.text;
    const dotted = isEval || one.steps.length < 8;
    const points = { show: dotted, size: 4, fill: stroke, stroke };
    lines.push((smooth ?? raw) as uPlot.AlignedData[number]);
    series.push({
      scale: 'y',
      stroke,
      width: isEval ? 1 : 1.5,
      dash: [...(lookDashes[look] ?? [])],
      points: smooth ? { show: false } : points,
    });
    if (smooth) smoothed.add(lines.length);
    keys.push(`${id}/${one.split} ${look} ${smooth ? 'smooth' : dotted ? 'dots' : 'plain'}`);
  });
  return {
    data: [aligned.steps, ...lines] as uPlot.AlignedData,
    series,
    odd: aligned.odd.flat(),
    key: `${axis}: ${keys.join(', ')}`,
    smoothed,
  };
}

/** The value of a run at a place of the axis, null before its first and after its last one; its last one without a place. */
export function overlayValue(
  { series }: Overlay,
  axis: Axis,
  place: number | null,
): SeriesView['values'][number] {
  const one = series.find(({ split }) => split === 'train') ?? series[0];
  if (!one) return null;
  const places = placesOn(axis, one);
  if (place === null) return one.values.at(-1) ?? null;
  if (place < (places[0] ?? 0) || place > Math.ceil(places.at(-1) ?? 0)) return null;
  return one.values[nearestPoint(places, [...places], place)] ?? null;
}

/** The run's own step nearest to a place of the axis; null where it logged nothing. */
export function stepAt(overlay: Overlay | undefined, axis: Axis, place: number): number | null {
  if (axis === 'step') return place;
  const one = overlay?.series[0];
  if (!one) return null;
  const places = placesOn(axis, one);
  return one.steps[nearestPoint(places, [...places], place)] ?? null;
}
