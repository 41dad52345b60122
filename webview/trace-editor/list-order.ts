import { columnTitles, parseColumn } from '../../src/core/dataset/columns.ts';
import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import type { ViewState } from './view-state.ts';

export type Sort = NonNullable<ViewState['sort']>;

/** What a click on the head of a column asks for: ascending, descending, then the order of the file again. */
export function nextSort(sort: Sort | null, column: string): Sort | null {
  // Lines ascend in the file itself.
  if (sort?.column !== column) return { column, descending: column === 'line' };
  return sort.descending ? null : { column, descending: true };
}

/** Says the same for two documents whose lists stand in the same order. */
export function orderKey({ sort }: DocumentView): string {
  return sort === null ? '' : `${sort.column} ${sort.descending} ${sort.progress.kind === 'sorted'}`;
}

/** How a column is called in a sentence. */
export function columnWord(name: string): string {
  const column = parseColumn(name);
  if (column.kind === 'field') return column.path;
  return column.kind === 'line' ? 'line' : columnTitles[column.kind].toLowerCase();
}
