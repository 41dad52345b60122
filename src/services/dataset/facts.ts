import { stat } from 'node:fs/promises';
import type { Assets } from '../ports.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { openRowSource } from './row-source.ts';

export interface DatasetFacts {
  readonly rows: number;
  readonly decisions: { readonly keep: number; readonly drop: number; readonly flag: number };
}

const known = new Map<string, { readonly key: string; readonly rows: Promise<number> }>();

/** Row count and decisions of a dataset, for lists; rows are counted once per version of the file. */
export async function datasetFacts(path: string, assets: Assets): Promise<DatasetFacts> {
  const { size, mtimeMs, ino } = await stat(path);
  const key = `${ino}:${size}:${mtimeMs}`;
  let entry = known.get(path);
  if (entry?.key !== key) {
    entry = { key, rows: countRows(path, assets) };
    known.set(path, entry);
    entry.rows.catch(() => known.delete(path));
  }
  const decisions = await DecisionsFile.open(decisionsPath(path));
  return { rows: await entry.rows, decisions: decisions.fold.counts() };
}

async function countRows(path: string, assets: Assets): Promise<number> {
  const source = await openRowSource(path, assets, () => undefined);
  try {
    await source.indexed;
    return source.index.count;
  } finally {
    await source.close();
  }
}
