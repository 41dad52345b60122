import { type SeriesView, seriesToCsv } from './chart-data.ts';
import type { RunModel } from './model.ts';
import { shownRuns } from './shown-runs.ts';

/** One call gives this many points of a metric. */
const mostPoints = 5000;

type Writable = { -readonly [Key in keyof SeriesView]: SeriesView[Key] };

/**
 * Every point of metrics as CSV with one row a step, of the steps on screen, read window by window because a call gives
 * only so many. With compared runs each column names its run.
 */
export async function metricsCsv(model: RunModel, names: readonly string[]): Promise<string> {
  const { run, comparison } = model;
  if (!run) return '';
  const range = comparison.axis === 'step' ? model.zoom : null;
  const runs = shownRuns(model, run);
  const all: SeriesView[] = [];
  for (const { run: of, name } of runs) {
    const series = new Map<string, Writable>();
    const last = range?.to ?? Math.max(of.step, of.maxSteps ?? 0);
    for (let from = range?.from ?? 0; from <= last; from += mostPoints) {
      const to = Math.min(last, from + mostPoints - 1);
      const asked = { names: [...names], points: mostPoints, run: of.id === run.id ? null : of.id, from, to };
      const reply = await model.host.call('metrics-read', asked);
      for (const one of reply.series) {
        const key = `${one.split}/${one.name}`;
        const whole = series.get(key) ?? { ...one, steps: [], values: [], seconds: [] };
        whole.steps.push(...one.steps);
        whole.values.push(...one.values);
        whole.seconds.push(...one.seconds);
        series.set(key, whole);
      }
    }
    for (const one of series.values())
      all.push(runs.length > 1 ? { ...one, name: `${one.name} of ${name}` } : one);
  }
  return seriesToCsv(all);
}
