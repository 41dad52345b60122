import { basename, dirname, resolve } from 'node:path';
import { compileFilter } from '../../core/dataset/filter-evaluate.ts';
import { asksForImages } from '../../core/dataset/filter-images.ts';
import { type FilterName, unknownName } from '../../core/dataset/filter-names.ts';
import { filterNames, parseFilter } from '../../core/dataset/filter-parse.ts';
import { OccurrenceCounter } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import { type Extraction, rowSelectionSchema } from '../../core/run/spec.ts';
import { type DetectedShape, lensNames } from '../../core/trace/lens.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import type { FieldMap } from '../../core/trace/lenses/mapped.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { throwIfAborted } from '../cancelled.ts';
import { ImageFaultScan } from '../images/image-faults.ts';
import type { Assets, Settings } from '../ports.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { detectIn } from './detect.ts';
import { LazyFilterRow } from './filter-row.ts';
import type { UnsavedRow } from './journal.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { openRowSource, type RowSource } from './row-source.ts';
import { RowReader, type ViewedRow } from './row-view.ts';
import type { RowIdentity } from './survey.ts';

/** Which rows of a dataset, and how they are read. */
export interface Selection {
  /** all, kept, dropped, flagged, undecided, or a half-open range A:B of indexes. */
  readonly rows: string;
  readonly filter: string;
  readonly limit: number;
  readonly shape: string;
  readonly map: FieldMap | null;
  /** Further folders that images may come from, relative to the dataset's or absolute. */
  readonly imageRoots: readonly string[];
}

export interface SelectionInput {
  readonly rows?: string | undefined;
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
  readonly shape?: string | undefined;
  readonly map?: FieldMap | undefined;
  readonly imageRoots?: readonly string[] | undefined;
}

/** A selection with its defaults; throws request-invalid when `rows` is none of the known words or ranges. */
export function selectionOf(given: SelectionInput): Selection {
  const rows = given.rows ?? 'all';
  if (!rowSelectionSchema.safeParse(rows).success)
    throw new AppError(
      'request-invalid',
      `"${rows}" selects no rows.`,
      'Use all, kept, dropped, flagged, undecided, or a range A:B.',
    );
  return {
    rows,
    filter: given.filter ?? '',
    limit: given.limit ?? Number.POSITIVE_INFINITY,
    shape: given.shape ?? 'auto',
    map: given.map ?? null,
    imageRoots: given.imageRoots ?? [],
  };
}

export interface SelectOptions {
  readonly path: string;
  readonly selection: Selection;
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  readonly extraction?: Extraction;
  /** Rows that an open editor has other text for than the file; read as in the editor, decided on as in the file. */
  readonly unsaved?: readonly UnsavedRow[];
}

/** A row that was selected; broken rows are among them when the filter lets them pass, blank lines never. */
export interface SelectedRow {
  readonly index: number;
  readonly line: number;
  readonly identity: RowIdentity;
  readonly decision: Decision | null;
  /** Read from unsaved text. */
  readonly edited: boolean;
  readonly row: Exclude<ViewedRow, { status: 'blank' }>;
  /** The row's bytes on disk, without line end; null when it is too long to be read. */
  readonly bytes: Buffer | null;
  /** What ends the row on disk, a line feed where nothing does. */
  readonly lineEnd: string;
}

/** A dataset opened to be read once from front to back. */
export interface OpenSelection {
  readonly path: string;
  readonly bytes: number;
  /** Lines of the file, or elements of its array, blank and broken ones included. */
  readonly lines: number;
  readonly shape: DetectedShape;
  readonly reader: RowReader;
  readonly decisions: DecisionsFile;
  /** Folders that images may come from: the dataset's own first. */
  readonly folders: readonly string[];
  /** Rows that a pass looked at so far: chosen by range or decision, whether or not the filter let them pass. */
  readonly seen: number;
  /** What the filter names although no row looked at has it, or null. */
  unknown(): string | null;
  rows(signal?: AbortSignal): AsyncGenerator<SelectedRow>;
  close(): Promise<void>;
}

const pageRows = 200;

/** Opens a dataset for one pass; throws filter-invalid, shape-unknown, file-not-found, encoding-unsupported. */
export async function openSelection(options: SelectOptions, signal?: AbortSignal): Promise<OpenSelection> {
  const { selection } = options;
  const path = resolve(options.path);
  const parsed = parseFilter(selection.filter);
  if (!parsed.ok) throw new AppError('filter-invalid', parsed.message, underlined(selection.filter, parsed));
  if (selection.shape !== 'auto' && !lensNames.includes(selection.shape))
    throw new AppError(
      'shape-unknown',
      `There is no dataset shape "${selection.shape}".`,
      `One of auto, ${lensNames.join(', ')}.`,
    );
  const source = await openRowSource(path, options.assets, () => undefined, signal);
  try {
    await source.indexed;
    const decisions = await DecisionsFile.open(decisionsPath(path));
    const shape = await detectIn(source);
    const name = selection.shape === 'auto' ? shape.shape : selection.shape;
    const lens = selection.map ? { shape: name, map: selection.map } : { shape: name };
    const reader = new RowReader(lens, options.extraction ?? 'boxed');
    const folder = dirname(path);
    const roots = [...selection.imageRoots, ...options.settings.imageRoots];
    const names = filterNames(selection.filter);
    const folders = [folder, ...roots.map((root) => resolve(folder, root))];
    const walker: Walker = {
      source,
      reader,
      decisions,
      selection,
      seen: 0,
      unsaved: new Map(options.unsaved?.map((edited) => [edited.index, edited])),
      names,
      fields: new Set(),
      kinds: new Set(),
      images: asksForImages(parsed.filter) ? new ImageFaultScan(folders) : null,
      passes: parsed.filter.kind === 'all' ? () => true : compileFilter(parsed.filter),
    };
    return {
      path,
      bytes: source.bytes,
      lines: source.index.count,
      shape,
      reader,
      decisions,
      folders,
      get seen() {
        return walker.seen;
      },
      unknown: () => {
        const { fields, kinds } = walker;
        const complete = selection.rows === 'all' && selection.limit === Number.POSITIVE_INFINITY;
        const known = { fields: [...fields], kinds: [...kinds], complete };
        return unknownName(names, known)?.message ?? null;
      },
      rows: (rowsSignal) => walk(walker, rowsSignal),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface Walker {
  readonly source: RowSource;
  readonly reader: RowReader;
  readonly decisions: DecisionsFile;
  readonly selection: Selection;
  /** Looks at image files, when the filter asks. */
  readonly images: ImageFaultScan | null;
  readonly passes: (row: LazyFilterRow) => boolean;
  seen: number;
  readonly unsaved: ReadonlyMap<number, UnsavedRow>;
  readonly names: readonly FilterName[];
  readonly fields: Set<string>;
  readonly kinds: Set<string>;
}

async function* walk(walker: Walker, signal: AbortSignal | undefined): AsyncGenerator<SelectedRow> {
  const { source, reader, decisions, selection, images, passes } = walker;
  const [first, end] = rangeOf(selection.rows, source.index.count);
  const occurrences = new OccurrenceCounter(Math.min(end, 1 << 20));
  let taken = 0;
  // Which of several equal rows one is can only be told by counting from the top.
  for (let from = 0; from < end; from += pageRows) {
    throwIfAborted(signal);
    const indexes = Array.from({ length: Math.min(pageRows, end - from) }, (_, at) => from + at);
    const page = await source.read(indexes, signal);
    for (const [slot, bytes] of page.entries()) {
      const index = from + slot;
      const hash = bytes === null ? '' : rowHash(bytes);
      const occurrence = countOf(occurrences, hash);
      const decision = decisions.fold.of(hash, occurrence);
      const unsaved = unsavedText(walker, index, hash);
      if (index < first || !isWanted(selection.rows, decision)) continue;
      const { line } = source.index.place(index);
      const read = unsaved === null ? readRow(bytes) : readRowText(unsaved);
      const row = reader.view(read, { index, line, hash });
      if (row.status === 'blank') continue;
      walker.seen++;
      if (walker.names.length > 0) noteNames(walker, row);
      const edited = unsaved !== null;
      const filtered = new LazyFilterRow({
        index,
        line,
        decision,
        edited,
        verdict: null,
        reader,
        ...(images ? { imageCodes: (trace) => images.codes(trace) } : {}),
        view: () => row,
      });
      if (!passes(filtered)) continue;
      const lineEnd = source.index.lineEnd(index, source.bytes);
      yield { index, line, identity: { hash, occurrence }, decision, edited, row, bytes, lineEnd };
      if (++taken >= selection.limit) return;
    }
  }
}

/** The editor's text of a row, null when it is as in the file; throws when the file is no longer the one edited. */
function unsavedText({ source, unsaved }: Walker, index: number, hash: string): string | null {
  const edited = unsaved.get(index);
  if (edited === undefined) return null;
  if (edited.baseHash === hash) return edited.text;
  throw new AppError(
    'file-changed-on-disk',
    `Line ${source.index.place(index).line} of ${basename(source.path)} has unsaved edits and changed on disk.`,
    'Merge or revert the edits in the trace editor first.',
  );
}

/** What the row has, for a filter that may name what it has not. */
function noteNames({ fields, kinds }: Walker, row: ViewedRow): void {
  if (row.status !== 'ok') return;
  if (isObject(row.json)) for (const key in row.json) fields.add(key);
  for (const { kind } of parseSegments(row.trace.completion?.text ?? '')) kinds.add(kind);
}

function countOf(occurrences: OccurrenceCounter, hash: string): number {
  if (hash === '') return 0;
  return occurrences.next(Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16));
}

function rangeOf(rows: string, count: number): [first: number, end: number] {
  const range = /^(\d*):(\d*)$/.exec(rows);
  if (!range) return [0, count];
  const first = range[1] ? Number(range[1]) : 0;
  const end = range[2] ? Number(range[2]) : count;
  return [Math.min(first, count), Math.min(end, count)];
}

function isWanted(rows: string, decision: Decision | null): boolean {
  switch (rows) {
    case 'kept':
      return decision === 'keep';
    case 'dropped':
      return decision === 'drop';
    case 'flagged':
      return decision === 'flag';
    case 'undecided':
      return decision === null;
    default:
      return true;
  }
}

/** The filter with a mark under what is wrong with it. */
function underlined(text: string, { start, end }: { start: number; end: number }): string {
  return `${text}\n${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`;
}
