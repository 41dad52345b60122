import type { EvaluationView } from '../../src/protocol/run-dashboard.ts';

/** The evaluations on one dataset, best first. */
export interface EvaluationSet {
  readonly dataset: string;
  /** File name of the dataset. */
  readonly name: string;
  readonly evaluations: readonly EvaluationView[];
}

/** Evaluations by their dataset: those with the run `own` first, then those that were used last. */
export function evaluationSets(evaluations: readonly EvaluationView[], own: string | null): EvaluationSet[] {
  const byDataset = new Map<string, EvaluationView[]>();
  for (const one of evaluations) byDataset.set(one.dataset, [...(byDataset.get(one.dataset) ?? []), one]);
  const hasOwn = (all: readonly EvaluationView[]) => all.some(({ run }) => run !== null && run === own);
  const newest = (all: readonly EvaluationView[]) => Math.max(...all.map(({ at }) => at));
  return [...byDataset]
    .sort(([, a], [, b]) => Number(hasOwn(b)) - Number(hasOwn(a)) || newest(b) - newest(a))
    .map(([dataset, all]) => ({
      dataset,
      name: dataset.split(/[\\/]/).at(-1) ?? dataset,
      evaluations: [...all].sort((a, b) => b.accuracy - a.accuracy || b.at - a.at),
    }));
}

/** What others are compared with unless a person says otherwise: SFT alone, by its name or by its stage. */
export function usualReference(evaluations: readonly EvaluationView[]): EvaluationView | null {
  return (
    evaluations.find(({ name }) => /^sft[-_ ]?only$/i.test(name)) ??
    evaluations.find(({ stage }) => stage === 'sft') ??
    evaluations.at(-1) ??
    null
  );
}

/** True when two intervals have a value in common. */
export const intervalsOverlap = (
  a: Pick<EvaluationView, 'low' | 'high'>,
  b: Pick<EvaluationView, 'low' | 'high'>,
): boolean => a.low <= b.high && b.low <= a.high;
