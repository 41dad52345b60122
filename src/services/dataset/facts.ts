import type { Assets, Settings } from '../ports.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { openRowSource } from './row-source.ts';

/** What a list of datasets says of one. */
export interface DatasetFacts {
  /** Lines of the file, or elements of its array. */
  readonly rows: number;
  readonly bytes: number;
  readonly decisions: { readonly keep: number; readonly drop: number; readonly flag: number };
}

/** Counts rows and decisions without parsing a row. */
export async function datasetFacts(
  path: string,
  options: { readonly assets: Assets; readonly settings: Pick<Settings, 'imageRoots'> },
  signal?: AbortSignal,
): Promise<DatasetFacts> {
  const source = await openRowSource(path, options.assets, () => undefined, signal);
  try {
    await source.indexed;
    const decisions = await DecisionsFile.open(decisionsPath(path));
    return { rows: source.index.count, bytes: source.bytes, decisions: decisions.fold.counts() };
  } finally {
    await source.close();
  }
}
