import type { Column } from '../../core/dataset/columns.ts';
import { decisionOf } from '../../core/dataset/decisions.ts';
import { type RawRow, rawField, unread } from '../../core/dataset/filter-raw.ts';
import { statusCodes, verdictCodes } from '../../core/dataset/row-codes.ts';
import { type SortKey, SortKeys, sortKey } from '../../core/dataset/sort-keys.ts';
import { ImageFaultScan } from '../images/image-faults.ts';
import { columnValue } from './column-values.ts';
import { readRow, readRowText } from './row-reading.ts';
import { RowReader, type ViewedRow } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { PostPace, type PostScan, type SortTask } from './scan-tasks.ts';

type Read = { readonly bytes: Buffer | null; readonly raw: RawRow | null };

const decisionRanks = { keep: 0, drop: 1, flag: 2 } as const;

/**
 * Posts the places of a list in the order of one column. Rows are read one after the other and only their keys kept
 * (`SortKeys`); nothing is read for what is known of all rows, and rows are not parsed for a scalar at their top.
 */
export function scanSort(task: SortTask, post: PostScan): void {
  const { scan, list, rows } = task;
  const count = list?.length ?? rows.starts.length;
  const keys = new SortKeys(count);
  const pace = new PostPace();
  const known = knownKeys(task);
  const byContent = contentKeys(task);
  // One byte a row tells which are in the list and have to be read.
  const wanted = new Uint8Array(rows.starts.length);
  for (let place = 0; place < count; place++) {
    const index = list?.[place] ?? place;
    const key = known(index);
    if (key === undefined) wanted[index] = 1;
    else keys.set(place, key);
  }
  let place = 0;
  walkRows(
    task.path,
    rows,
    0,
    (index, bytes, raw) => {
      if (list) while ((list[place] ?? index) < index) place++;
      else place = index;
      keys.set(place, byContent(index, { bytes, raw }));
      if (pace.isDue()) post({ kind: 'keyed', scan, rows: place + 1 }, []);
      return true;
    },
    (index) => wanted[index] === 1,
  );
  post({ kind: 'keyed', scan, rows: count }, []);
  const order = keys.order(task.descending);
  post({ kind: 'order', scan, order }, [order.buffer]);
}

/** Keys that need no reading; undefined for rows that do. */
function knownKeys({
  column,
  rows,
  decisions,
  verdicts,
  statuses,
}: SortTask): (index: number) => SortKey | undefined {
  switch (column.kind) {
    case 'line':
      return (index) => rows.lines?.[index] ?? index + 1;
    case 'decision':
      return (index) => {
        const decision = decisionOf(decisions[index]);
        return decision === null ? null : decisionRanks[decision];
      };
    case 'verdict':
      return (index) => {
        const code = verdicts[index];
        return code ? verdictKey(code) : undefined;
      };
    default:
      return (index) => (statuses[index] === statusCodes.blank ? null : undefined);
  }
}

/** Correct, incorrect, unparsed; rows without a verdict have no key. */
function verdictKey(code: number): SortKey {
  return code === verdictCodes.none ? null : code;
}

function contentKeys(task: SortTask): (index: number, read: Read) => SortKey {
  const { column, edits, statuses, rows } = task;
  const reader = new RowReader(task.lens, task.extraction);
  const images = column.kind === 'problems' ? new ImageFaultScan(task.folders) : null;
  const scalar = rawScalar(column);
  return (index, { bytes, raw }) => {
    const edited = edits.get(index);
    if (scalar && raw && edited === undefined && statuses[index] === statusCodes.ok) {
      const value = scalar(raw);
      if (value !== unread) return sortKey(value);
    }
    const place = { index, line: rows.lines?.[index] ?? index + 1, hash: '' };
    const row = reader.view(edited === undefined ? readRow(bytes) : readRowText(edited), place);
    if (column.kind === 'verdict') return gradedKey(row, reader);
    const value = columnValue(column, row, reader);
    if (images && row.status === 'ok') return Number(value) + images.codes(row.trace).length;
    return sortKey(value);
  };
}

function gradedKey(row: ViewedRow, reader: RowReader): SortKey {
  const verdict = row.status === 'ok' ? reader.verdict(row.trace)?.state : undefined;
  return verdict === undefined ? null : verdictKey(verdictCodes[verdict]);
}

/** A field that may stand at the top of a row; another one is found by reading it. */
function rawScalar(column: Column): ((raw: RawRow) => unknown) | null {
  if (column.kind !== 'field' || column.path.includes('.')) return null;
  return rawField(column.path);
}
