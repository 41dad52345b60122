import type { RunView } from '../../src/protocol/run-dashboard.ts';
import type { ChartPlan } from './chart-plan.ts';
import type { RunModel } from './model.ts';
import type { Overlay } from './overlay-drawing.ts';

/** One of the runs that are compared, with its look and a name that no other one of them has. */
export interface ShownRun {
  readonly run: Pick<
    RunView,
    'id' | 'name' | 'stage' | 'trainer' | 'model' | 'spec' | 'status' | 'step' | 'maxSteps'
  >;
  readonly look: number;
  readonly name: string;
}

/** The dashboard's own run and those compared with it, in the order of the choice. */
export function shownRuns(model: RunModel, own: RunView): ShownRun[] {
  const all: Omit<ShownRun, 'name'>[] = [{ run: own, look: 0 }, ...model.comparison.runs];
  const isTwice = (name: string) => all.filter(({ run }) => run.name === name).length > 1;
  return all.map(({ run, look }) => ({
    run,
    look,
    name: isTwice(run.name) ? `${run.name} ${run.id.split('-').at(-1)}` : run.name,
  }));
}

/** What one chart draws. */
export function overlaysOf(model: RunModel, own: RunView, { name: metric, stage }: ChartPlan): Overlay[] {
  const series = new Map([
    [own.id, model.series],
    ...model.comparison.runs.map(({ run, series }) => [run.id, series] as const),
  ]);
  return shownRuns(model, own)
    .filter(({ run }) => stage === null || run.stage === stage)
    .map(({ run, look, name }) => ({
      id: run.id,
      name,
      look,
      series: series.get(run.id)?.get(metric) ?? [],
    }));
}
