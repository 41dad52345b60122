import { type SpecRow, specSections } from './spec-rows.ts';

/** What defines one of several runs. */
export interface ComparedSettings {
  readonly stage: string;
  /** As it was asked for, `run:sft-only` for example. */
  readonly model: string;
  readonly spec: unknown;
}

export interface DifferingSetting {
  readonly name: string;
  /** In the order of the runs; null for what one does not set, or does not use. */
  readonly values: readonly (string | null)[];
}

/** Says nothing of how a run was made. */
const bookkeeping: ReadonlySet<string> = new Set(['name', '$schema', 'version']);
/** Settings that only one stage uses; the spec of the other has them, too, with their usual values. */
const ofStage: Readonly<Record<string, string>> = {
  rewards: 'grpo',
  group_size: 'grpo',
  max_completion_length: 'grpo',
  temperature: 'grpo',
  top_p: 'grpo',
  beta: 'grpo',
  rollouts: 'grpo',
  max_length: 'sft',
};

/** The settings that are not the same in all runs that use them, in the order of the run spec. */
export function differingSettings(runs: readonly ComparedSettings[]): DifferingSetting[] {
  const columns = runs.map(({ spec }) => settingsOf(spec));
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return names.flatMap((name) => {
    const stage = ofStage[name.split(/[.[]/, 1)[0] ?? ''];
    const isUsed = (at: number) => stage === undefined || runs[at]?.stage === stage;
    const values = columns.map((column, at) => (isUsed(at) ? (column.get(name) ?? null) : null));
    const isSame = new Set(values.filter((_, at) => isUsed(at))).size < 2;
    if (isSame || bookkeeping.has(name)) return [];
    return [{ name, values: name === 'model' ? modelNames(runs, values) : values }];
  });
}

/** The name that a model was asked for by says more than the path of a checkpoint, where it tells as much. */
function modelNames(
  runs: readonly ComparedSettings[],
  paths: readonly (string | null)[],
): readonly (string | null)[] {
  const given = runs.map(({ model }) => model);
  const tellsAsMuch = given.every((name, at) =>
    given.every((other, place) => (name === other) === (paths[at] === paths[place])),
  );
  return tellsAsMuch ? given : paths;
}

function settingsOf(spec: unknown): Map<string, SpecRow['value']> {
  const sections = specSections(spec);
  return new Map(
    sections.flatMap(({ title, rows }) =>
      rows.map(({ name, value }) => [title === 'Spec' ? name : joined(title, name), value] as const),
    ),
  );
}

/** `dataset` and `path` are `dataset.path`, `rewards` and `[0].name` are `rewards[0].name`. */
const joined = (title: string, name: string): string =>
  name === '' ? title : name.startsWith('[') ? `${title}${name}` : `${title}.${name}`;

/** Why a step of one run is other work than a step of another; empty when it is the same. */
export function stepDifferences(
  runs: readonly { readonly stage: string; readonly trainer: string; readonly spec: unknown }[],
): string[] {
  const set = (name: string, among = runs) =>
    new Set(among.map(({ spec }) => settingsOf(spec).get(name) ?? null)).size > 1;
  const grpo = runs.filter(({ stage }) => stage === 'grpo');
  return [
    ...(new Set(runs.map(({ stage }) => stage)).size > 1 ? ['stages'] : []),
    ...(new Set(runs.map(({ trainer }) => trainer)).size > 1 ? ['trainers'] : []),
    ...(set('batch_size') || set('gradient_accumulation') ? ['batch sizes'] : []),
    ...(set('group_size', grpo) ? ['group sizes'] : []),
  ];
}
