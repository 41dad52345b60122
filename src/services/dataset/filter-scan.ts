import { decisionOf } from '../../core/dataset/decisions.ts';
import { compileColumns } from '../../core/dataset/filter-columns.ts';
import { compileFilter } from '../../core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../core/dataset/filter-parse.ts';
import { statusCodes, verdictName } from '../../core/dataset/row-codes.ts';
import { LazyFilterRow } from './filter-row.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { type FilterTask, PostPace, type PostScan } from './scan-tasks.ts';

const firstHits = 100;

/**
 * Looks at every row from `from` on, edits included, and posts the indexes of those that pass: the first hundred at
 * once. Rows that known columns rule out are not read, and a known verdict is not found out again.
 */
export function scanFilter(task: FilterTask, post: PostScan): void {
  const parsed = parseFilter(task.text);
  if (!parsed.ok) throw new Error(parsed.message);
  const passes = compileFilter(parsed.filter);
  const { rows, scan } = task;
  const reader = new RowReader(task.lens, task.extraction);
  const pace = new PostPace();
  let { from } = task;
  let hits: number[] = [];
  let total = 0;
  const send = (to: number): void => {
    const found = Uint32Array.from(hits);
    post({ kind: 'hits', scan, from, to, hits: found }, [found.buffer]);
    [from, hits] = [to, []];
  };
  const lineOf = (index: number): number => rows.lines?.[index] ?? index + 1;
  const knownVerdict = (index: number) => {
    const code = task.verdicts[index];
    return code ? verdictName(code) : null;
  };
  const columns = compileColumns(parsed.filter, {
    verdict: knownVerdict,
    decision: (index) => decisionOf(task.decisions[index]),
    edited: (index) => task.edits.has(index),
    line: lineOf,
  });
  const isBlank = (index: number): boolean => task.statuses[index] === statusCodes.blank;
  const visit = (index: number, bytes: Buffer | null): boolean => {
    const edited = task.edits.get(index);
    const line = lineOf(index);
    const row = new LazyFilterRow({
      index,
      line,
      decision: decisionOf(task.decisions[index]),
      edited: edited !== undefined,
      verdict: knownVerdict(index),
      reader,
      view: () =>
        reader.view(edited === undefined ? readRow(bytes) : readRowText(edited), {
          index,
          line,
          hash: bytes === null ? '' : rowHash(bytes),
        }),
    });
    if ((task.statuses[index] || !row.isBlank) && passes(row)) {
      hits.push(index);
      total++;
      if (total === firstHits) send(index + 1);
    }
    if (pace.isDue()) send(index + 1);
    return true;
  };
  walkRows(task.path, rows, from, visit, (index) => !isBlank(index) && columns(index) !== false);
  send(rows.starts.length);
}
