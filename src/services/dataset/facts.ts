import { stat } from 'node:fs/promises';
import { DecisionFold } from '../../core/dataset/decisions.ts';
import type { RowBlock } from '../../core/dataset/row-index.ts';
import type { Assets } from '../ports.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { openRowSource } from './row-source.ts';
import { ScanThread } from './scan-thread.ts';
import { Survey } from './survey.ts';
import { nextTurn, rowsATurn } from './turns.ts';

export interface DatasetFacts {
  readonly rows: number;
  /** Of rows that are in the file: a decision whose row was edited or removed since is none. */
  readonly decisions: { readonly keep: number; readonly drop: number; readonly flag: number };
}

/** What is known of one version of a file. */
interface Known {
  readonly key: string;
  readonly rows: Promise<number>;
  /** Hashes of the rows, found when there are decisions. */
  survey: Promise<Survey> | null;
}

const known = new Map<string, Known>();

/** Row count and decisions of a dataset, for lists; rows are counted, and hashed, once per version of the file. */
export async function datasetFacts(path: string, assets: Assets): Promise<DatasetFacts> {
  const { size, mtimeMs, ino } = await stat(path);
  const key = `${ino}:${size}:${mtimeMs}`;
  let entry = known.get(path);
  if (entry?.key !== key) {
    entry = { key, rows: indexRows(path, assets).then(({ starts }) => starts.length), survey: null };
    known.set(path, entry);
    entry.rows.catch(() => known.delete(path));
  }
  const rows = await entry.rows;
  const { fold } = await DecisionsFile.open(decisionsPath(path));
  const decisions = { keep: 0, drop: 0, flag: 0 };
  if (fold.size === 0) return { rows, decisions };
  entry.survey ??= identifyRows(path, assets);
  entry.survey.catch(() => known.delete(path));
  const survey = await entry.survey;
  for (let index = 0; index < survey.identified; index++) {
    if (index % rowsATurn === 0) await nextTurn();
    const decision = survey.decisionIn(fold, index);
    if (decision !== null) decisions[decision]++;
  }
  return { rows, decisions };
}

/** Whether decisions keep any row, as far as they alone tell: a row may have been edited or removed since. */
export async function keepsRows(path: string): Promise<boolean> {
  const { fold } = await DecisionsFile.open(decisionsPath(path));
  return fold.counts().keep > 0;
}

async function indexRows(path: string, assets: Assets): Promise<RowBlock> {
  const source = await openRowSource(path, assets, () => undefined);
  try {
    await source.indexed;
    return source.index.block();
  } finally {
    await source.close();
  }
}

async function identifyRows(path: string, assets: Assets): Promise<Survey> {
  const rows = await indexRows(path, assets);
  const thread = new ScanThread(assets);
  const survey = new Survey();
  try {
    await thread.run({ kind: 'identity', path, rows, edits: new Map() }, (message) => {
      if (message.kind === 'identity') survey.takeIdentity(message, new DecisionFold());
    });
    return survey;
  } finally {
    thread.dispose();
  }
}
