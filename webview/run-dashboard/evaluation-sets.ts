import type { EvaluationView } from '../../src/protocol/evaluation-views.ts';

/** The evaluations on the same rows of one dataset, best first. */
export interface EvaluationSet {
  readonly dataset: string;
  /** File name of the dataset. */
  readonly name: string;
  /** Which rows of it, in words; empty for all. */
  readonly selection: string;
  readonly evaluations: readonly EvaluationView[];
}

/** Evaluations by their rows: those with the run `own` first, then those that were used last. */
export function evaluationSets(evaluations: readonly EvaluationView[], own: string | null): EvaluationSet[] {
  const byRows = new Map<string, [EvaluationView, ...EvaluationView[]]>();
  for (const one of evaluations) {
    const key = JSON.stringify([one.dataset, one.selection]);
    const known = byRows.get(key);
    if (known) known.push(one);
    else byRows.set(key, [one]);
  }
  const hasOwn = (all: readonly EvaluationView[]) => all.some(({ run }) => run !== null && run === own);
  const newest = (all: readonly EvaluationView[]) => Math.max(...all.map(({ at }) => at));
  return [...byRows.values()]
    .sort((a, b) => Number(hasOwn(b)) - Number(hasOwn(a)) || newest(b) - newest(a))
    .map((all) => ({
      dataset: all[0].dataset,
      name: all[0].dataset.split(/[\\/]/).at(-1) ?? all[0].dataset,
      selection: all[0].selection,
      evaluations: [...all].sort((a, b) => b.accuracy - a.accuracy || b.at - a.at),
    }));
}

/** What others are compared with unless a person says otherwise: SFT alone, by its name or by its stage. */
function usualReference(evaluations: readonly EvaluationView[]): EvaluationView | null {
  return (
    evaluations.find(({ name }) => /^sft[-_ ]?only$/i.test(name)) ??
    evaluations.find(({ stage }) => stage === 'sft') ??
    evaluations.at(-1) ??
    null
  );
}

/** What a person calls an evaluation among others: its name, with the step where several have that name. */
export function labelOf(one: EvaluationView, among: readonly EvaluationView[]): string {
  const alike = among.filter(
    ({ name, dataset, selection }) =>
      name === one.name && dataset === one.dataset && selection === one.selection,
  );
  return alike.length > 1 && one.step !== null ? `${one.name} step ${one.step}` : one.name;
}

/** What the evaluations of a set are compared with: the one with that label, else the usual one; null when alone. */
export function referenceOf(
  evaluations: readonly EvaluationView[],
  chosen: string | null,
): EvaluationView | null {
  if (evaluations.length < 2) return null;
  return evaluations.find((one) => labelOf(one, evaluations) === chosen) ?? usualReference(evaluations);
}

/** True when two intervals have a value in common. */
export const intervalsOverlap = (
  a: Pick<EvaluationView, 'low' | 'high'>,
  b: Pick<EvaluationView, 'low' | 'high'>,
): boolean => a.low <= b.high && b.low <= a.high;
