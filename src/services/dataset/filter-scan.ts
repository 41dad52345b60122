import { decisionOf } from '../../core/dataset/decisions.ts';
import { compileFilter } from '../../core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../core/dataset/filter-parse.ts';
import { LazyFilterRow } from './filter-row.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { type FilterTask, PostPace, type PostScan } from './scan-tasks.ts';

const firstHits = 100;

/** Looks at every row, edits included, and posts the indexes of those that pass: the first hundred at once. */
export function scanFilter(task: FilterTask, post: PostScan): void {
  const parsed = parseFilter(task.text);
  if (!parsed.ok) throw new Error(parsed.message);
  const passes = compileFilter(parsed.filter);
  const { rows, scan } = task;
  const reader = new RowReader(task.lens, task.extraction);
  const pace = new PostPace();
  let from = 0;
  let hits: number[] = [];
  let total = 0;
  const send = (to: number): void => {
    const found = Uint32Array.from(hits);
    post({ kind: 'hits', scan, from, to, hits: found }, [found.buffer]);
    [from, hits] = [to, []];
  };
  walkRows(task.path, rows, 0, (index, bytes) => {
    const edited = task.edits.get(index);
    const line = rows.lines?.[index] ?? index + 1;
    const row = new LazyFilterRow({
      index,
      line,
      decision: decisionOf(task.decisions[index]),
      edited: edited !== undefined,
      reader,
      view: () =>
        reader.view(edited === undefined ? readRow(bytes) : readRowText(edited), {
          index,
          line,
          hash: bytes === null ? '' : rowHash(bytes),
        }),
    });
    if (!row.isBlank && passes(row)) {
      hits.push(index);
      total++;
      if (total === firstHits) send(index + 1);
    }
    if (pace.isDue()) send(index + 1);
    return true;
  });
  send(rows.starts.length);
}
