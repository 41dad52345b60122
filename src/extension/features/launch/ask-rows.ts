import type * as vscode from 'vscode';
import { many } from '../../../core/text/plural.ts';
import { datasetFacts, keepsRows } from '../../../services/dataset/facts.ts';
import type { AppContext } from '../../app-context.ts';
import { isCountedQuickly } from '../../pick-dataset.ts';
import type { Item } from './ask.ts';

/** Which rows of a dataset can be chosen; of a large one `counted` has the same with their numbers, in its own time. */
export interface RowItems {
  readonly items: readonly Item[];
  readonly counted?: () => Promise<readonly Item[]>;
}

/** The rows to choose from, at once: a large dataset is read only while somebody looks at the question. */
export async function rowItems(app: AppContext, { fsPath }: vscode.Uri, filter: string): Promise<RowItems> {
  const itemsOf = (all: string, kept: string | null): Item[] => [
    { label: 'All', description: all, value: 'all' },
    ...(kept === null ? [] : [{ label: 'Kept', description: kept, value: 'kept' }]),
    ...(filter ? [{ label: 'Current filter', description: filter, value: 'filter' }] : []),
  ];
  const counted = async () => {
    const { rows, decisions } = await datasetFacts(fsPath, app.assets);
    return itemsOf(many(rows, 'trace'), decisions.keep > 0 ? many(decisions.keep, 'trace') : null);
  };
  if (await isCountedQuickly(fsPath)) return { items: await counted() };
  return { items: itemsOf('', (await keepsRows(fsPath)) ? '' : null), counted };
}
