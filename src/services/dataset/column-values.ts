import type { Column } from '../../core/dataset/columns.ts';
import { countWords } from '../../core/text/words.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import { fieldAt } from '../../core/trace/lenses/mapped.ts';
import { listedPrompt } from '../../core/trace/trace.ts';
import { extractAnswer } from '../../core/verify/extract.ts';
import { isFault, problemsOf, type RowReader, type ViewedRow } from './row-view.ts';
import { firstWords } from './trace-data.ts';
import type { Cell } from './views.ts';

/**
 * What a row has in a column by its content alone: problems without those of images on disk, and of decision, verdict
 * and line nothing. Undefined when there is no such value.
 */
export function columnValue(column: Column, row: ViewedRow, reader: RowReader): unknown {
  if (column.kind === 'problems')
    return row.status === 'blank' ? undefined : problemsOf(row).filter(isFault).length;
  if (row.status !== 'ok') return undefined;
  const { trace, json } = row;
  switch (column.kind) {
    case 'prompt':
      return firstWords(listedPrompt(trace));
    case 'truth':
      return trace.groundTruth?.text;
    case 'extracted':
      return trace.completion && extractAnswer(trace.completion.text, reader.extraction)?.text;
    case 'words':
      return trace.completion && countWords(trace.completion.text);
    case 'images':
      return trace.images.length;
    case 'field':
      return isObject(json) ? fieldAt(json, column.path).value : undefined;
    case 'line':
    case 'decision':
    case 'verdict':
      return undefined;
  }
}

const longestCell = 160;
/** Longer completions are not searched with a person's own pattern for a table. */
const longestSearched = 20_000;

/** The same as the table shows it: texts by their beginning, lists and objects as JSON. */
export function columnCell(column: Column, row: ViewedRow, reader: RowReader): Cell {
  if (column.kind === 'extracted' && row.status === 'ok' && reader.extraction.startsWith('regex:'))
    if ((row.trace.completion?.text.length ?? 0) > longestSearched) return null;
  const value = columnValue(column, row, reader);
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  // JSON has numbers that no double holds.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text
    .slice(0, 4 * longestCell)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longestCell);
}
