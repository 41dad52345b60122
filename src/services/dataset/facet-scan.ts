import { presentParts } from '../../core/dataset/filter-parts.ts';
import { statusCodes } from '../../core/dataset/row-codes.ts';
import { countWords } from '../../core/text/words.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import { ImageFaultScan } from '../images/image-faults.ts';
import { FacetCounters } from './facet-counters.ts';
import { LazyFilterRow } from './filter-row.ts';
import { readRow, readRowText } from './row-reading.ts';
import { RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import { type FacetTask, PostPace, type PostScan } from './scan-tasks.ts';

/** Tallies are large to post: four times a second is enough to see them grow. */
const postEvery = 250;

/**
 * Counts rows by what they are, the list and, unless `names` are given, the whole file; posts what it has so far. It
 * keeps at most 50 texts or about a thousand numbers a facet, whatever the number of rows.
 */
export function scanFacets(task: FacetTask, post: PostScan): void {
  const { scan, list, names, rows, statuses, edits } = task;
  const inList = new Uint8Array(rows.starts.length).fill(list ? 0 : 1);
  for (const index of list ?? []) inList[index] = 1;
  const counters = new FacetCounters(names);
  const count = rowCount(task, counters);
  const pace = new PostPace(postEvery);
  let read = 0;
  const send = (): void =>
    post({ kind: 'tallies', scan, rows: read, total: counters.total(), matched: counters.matched() }, []);
  walkRows(
    task.path,
    rows,
    0,
    (index, bytes) => {
      read++;
      const edited = edits.get(index);
      const row = edited === undefined ? readRow(bytes) : readRowText(edited);
      if (row.status !== 'blank') count(index, row, inList[index] === 1);
      if (pace.isDue()) send();
      return true;
    },
    (index) => (names === null || inList[index] === 1) && statuses[index] !== statusCodes.blank,
  );
  send();
}

type ReadRow = ReturnType<typeof readRow>;

/** Counts one row in all counters. */
function rowCount(
  task: FacetTask,
  counters: FacetCounters,
): (index: number, read: ReadRow, isListed: boolean) => void {
  const reader = new RowReader(task.lens, task.extraction);
  const images = new ImageFaultScan(task.folders);
  const [problems, segments] = [counters.of('problems'), counters.of('segments')];
  const [words, imageCount] = [counters.of('words'), counters.of('images')];
  return (index, read, isListed) => {
    const line = task.rows.lines?.[index] ?? index + 1;
    const view = reader.view(read, { index, line, hash: '' });
    const row = new LazyFilterRow({
      index,
      line,
      decision: null,
      edited: false,
      verdict: 'none',
      reader,
      imageCodes: (trace) => images.codes(trace),
      view: () => view,
    });
    problems?.add(index, [...new Set(row.problems)], isListed);
    segments?.add(index, partsOf(row), isListed);
    words?.add(index, [countWords(row.completion ?? '')], isListed);
    imageCount?.add(index, [row.imageCount], isListed);
    if (view.status === 'ok' && isObject(view.json)) counters.addFields(index, view.json, isListed);
  };
}

const knownParts = new Map<string, readonly string[]>();
const mostKnownParts = 1000;

/** Kinds of segments that `has:` finds in a row; most rows are made of the same ones. */
function partsOf(row: LazyFilterRow): readonly string[] {
  const kinds = row.segments().flatMap(({ kind, text }) => (kind === 'prose' && !text.trim() ? [] : [kind]));
  const key = kinds.join('\n');
  const parts = knownParts.get(key) ?? presentParts(kinds);
  if (knownParts.size < mostKnownParts) knownParts.set(key, parts);
  return parts;
}
