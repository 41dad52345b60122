import { decisionOf } from '../../core/dataset/decisions.ts';
import { type Filter, filterNeeds } from '../../core/dataset/filter-ast.ts';
import { compileColumns, type RowColumns } from '../../core/dataset/filter-columns.ts';
import { compileFilter } from '../../core/dataset/filter-evaluate.ts';
import { asksForImages } from '../../core/dataset/filter-images.ts';
import { parseFilter } from '../../core/dataset/filter-parse.ts';
import { type RawRow, rawTest } from '../../core/dataset/filter-raw.ts';
import { statusCodes, verdictName } from '../../core/dataset/row-codes.ts';
import { ImageFaultScan } from '../images/image-faults.ts';
import { LazyFilterRow } from './filter-row.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { type FilterTask, PostPace, type PostScan } from './scan-tasks.ts';

const firstHits = 100;

/**
 * Looks at every row from `from` on, edits included, and posts the indexes of those that pass: the first hundred at
 * once. Rows that known columns rule out are not read, rows that their bytes rule out are not parsed, and a known
 * verdict is not found out again.
 */
export function scanFilter(task: FilterTask, post: PostScan): void {
  const parsed = parseFilter(task.text);
  if (!parsed.ok) throw new Error(parsed.message);
  const passes = compileFilter(parsed.filter);
  const needsId = filterNeeds(parsed.filter).id;
  const { rows, scan } = task;
  const reader = new RowReader(task.lens, task.extraction);
  const images = asksForImages(parsed.filter) ? new ImageFaultScan(task.folders) : null;
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
  const known: RowColumns = {
    verdict: knownVerdict,
    decision: (index) => decisionOf(task.decisions[index]),
    edited: (index) => task.edits.has(index),
    line: lineOf,
  };
  const columns = compileColumns(parsed.filter, known);
  const isBlank = (index: number): boolean => task.statuses[index] === statusCodes.blank;
  const byRaw = compileRaw(parsed.filter, known, task.statuses);
  const visit = (index: number, bytes: Buffer | null, raw: RawRow | null): boolean => {
    const edited = task.edits.get(index);
    const answer = edited === undefined && raw !== null ? byRaw(index, raw) : null;
    if (answer ?? exactly(index, bytes, edited)) {
      hits.push(index);
      total++;
      if (total === firstHits) send(index + 1);
    }
    if (pace.isDue()) send(index + 1);
    return true;
  };
  const exactly = (index: number, bytes: Buffer | null, edited: string | undefined): boolean => {
    const line = lineOf(index);
    const row = new LazyFilterRow({
      index,
      line,
      decision: decisionOf(task.decisions[index]),
      edited: edited !== undefined,
      verdict: knownVerdict(index),
      reader,
      ...(images ? { imageCodes: (trace) => images.codes(trace) } : {}),
      view: () =>
        reader.view(edited === undefined ? readRow(bytes) : readRowText(edited), {
          index,
          line,
          hash: bytes === null || !needsId ? '' : rowHash(bytes),
        }),
    });
    return (Boolean(task.statuses[index]) || !row.isBlank) && passes(row);
  };
  walkRows(task.path, rows, from, visit, (index) => !isBlank(index) && columns(index) !== false);
  send(rows.starts.length);
}

/**
 * The filter over a row's bytes, for rows without edits: null when the row has to be read. A row that begins with a
 * brace is not blank; that bytes pass says something only of rows that are known to be JSON.
 */
function compileRaw(
  filter: Filter,
  known: RowColumns,
  statuses: Uint8Array,
): (index: number, raw: RawRow) => boolean | null {
  let row: RawRow | null = null;
  const test = compileColumns(filter, known, (condition) => {
    const ofRaw = rawTest(condition);
    return (index) => {
      const answer = row && ofRaw ? ofRaw(row) : null;
      return answer && statuses[index] !== statusCodes.ok ? null : answer;
    };
  });
  return (index, raw) => {
    row = raw;
    const answer = test(index);
    return answer && raw.text.charCodeAt(raw.start) !== 0x7b ? null : answer;
  };
}
