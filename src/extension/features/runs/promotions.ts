import { dirname, join } from 'node:path';
import { promotedId, promotedRow } from '../../../services/run/promote.ts';
import type { RunSource } from '../../../services/run/run-source.ts';
import type { RolloutAddress } from '../../../services/run/views.ts';
import type { LastChoices } from '../../last-choices.ts';

interface Promotion {
  /** Absolute path. */
  readonly dataset: string;
  /** Row of the dataset, from 0. */
  readonly index: number;
}

const mostKept = 500;

/** Where rollouts go when a person wants to keep them apart: a file beside the dataset of their run. */
export const usualTarget = (source: RunSource): string =>
  join(dirname(source.view().dataset.path), 'promoted.jsonl');

/** Keeps which dataset a rollout went into, by the id of its trace there. */
export async function rememberPromotion(choices: LastChoices, id: string, dataset: string): Promise<void> {
  const { [id]: _, ...others } = choices.get('promotions') ?? {};
  const kept = [...Object.entries(others), [id, dataset] as const].slice(-mostKept);
  await choices.set('promotions', Object.fromEntries(kept));
}

/** The trace that a rollout became, where it went or usually goes; null when it is in none of these datasets. */
export async function findPromotion(
  choices: LastChoices,
  source: RunSource,
  rollout: RolloutAddress,
  signal?: AbortSignal,
): Promise<Promotion | null> {
  const known = choices.get('promotions')?.[promotedId(source.view().id, rollout)];
  const datasets = new Set([known, choices.get('promoteTo'), usualTarget(source)]);
  for (const dataset of datasets) {
    if (dataset === undefined) continue;
    // A dataset that cannot be read has it no more than one that is gone.
    const index = await promotedRow({ folder: source.folder, rollout, to: dataset }, signal).catch(
      () => null,
    );
    if (index !== null) return { dataset, index };
  }
  return null;
}
