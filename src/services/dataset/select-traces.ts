import { decisionKey } from '../../core/dataset/decisions.ts';
import { compileFilter } from '../../core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../core/dataset/filter-parse.ts';
import { AppError } from '../../core/errors.ts';
import type { DatasetRef, Extraction } from '../../core/run/spec.ts';
import { detectShape, type LensChoice, lensNames } from '../../core/trace/lens.ts';
import type { Decision, Json, Trace } from '../../core/trace/trace.ts';
import type { Assets } from '../ports.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { throwIfAborted } from './file-errors.ts';
import { LazyFilterRow } from './filter-row.ts';
import { readRow, rowHash } from './row-reading.ts';
import { openRowSource, type RowSource } from './row-source.ts';
import { RowReader } from './row-view.ts';

export interface SelectedTrace {
  readonly trace: Trace;
  /** The row as it stands in the file, for images inside it. */
  readonly row: Json;
}

/** What a selection went through, known when it ends. */
export interface SelectionCounts {
  /** Rows of the file, blank lines left out. */
  rows: number;
  /** Rows that could not be read and were left out. */
  broken: number;
  selected: number;
}

const blockRows = 256;
const shapeRows = 100;

/**
 * The traces that a dataset reference chooses, in file order: range or decision, then filter, then limit. Broken rows
 * are left out and counted. AppError filter-invalid, shape-unknown or what opening the file can say.
 */
export async function* selectTraces(
  ref: DatasetRef,
  extraction: Extraction,
  assets: Assets,
  counts: SelectionCounts,
  signal?: AbortSignal,
): AsyncGenerator<SelectedTrace> {
  const parsed = parseFilter(ref.filter);
  if (!parsed.ok)
    throw new AppError(
      'filter-invalid',
      `The filter "${ref.filter}" is not valid: ${parsed.message}`,
      `See character ${parsed.start + 1} of the filter.`,
    );
  const passes = compileFilter(parsed.filter);
  const source = await openRowSource(ref.path, assets, () => undefined, signal);
  try {
    await source.indexed;
    throwIfAborted(signal);
    const decisions = await DecisionsFile.open(decisionsPath(ref.path));
    const reader = new RowReader(await lensOf(ref, source, signal), extraction);
    const seen = new Map<string, number>();
    const [first, end] = rangeOf(ref.rows);
    for (let from = 0; from < source.index.count; from += blockRows) {
      const indexes = Array.from(
        { length: Math.min(blockRows, source.index.count - from) },
        (_, at) => from + at,
      );
      const block = await source.read(indexes, signal);
      for (const [at, bytes] of block.entries()) {
        const index = from + at;
        const read = readRow(bytes);
        if (read.status === 'blank') continue;
        counts.rows++;
        const hash = bytes ? rowHash(bytes) : '';
        const occurrence = seen.get(hash) ?? 0;
        seen.set(hash, occurrence + 1);
        const decision = decisions.fold.of(hash, occurrence);
        if (read.status === 'broken') {
          counts.broken++;
          continue;
        }
        if (index < first || index >= end || !isDecided(ref.rows, decision)) continue;
        const viewed = reader.view(read, { index, line: index + 1, hash: decisionKey(hash, 0) });
        const row = new LazyFilterRow({
          index,
          line: index + 1,
          decision,
          edited: false,
          reader,
          view: () => viewed,
        });
        if (viewed.status !== 'ok' || !passes(row)) continue;
        counts.selected++;
        yield { trace: viewed.trace, row: viewed.json };
        if (ref.limit !== undefined && counts.selected >= ref.limit) {
          counts.rows = Math.max(counts.rows, source.index.count);
          return;
        }
      }
    }
  } finally {
    await source.close();
  }
}

async function lensOf(ref: DatasetRef, source: RowSource, signal?: AbortSignal): Promise<LensChoice> {
  const map = ref.map ? { map: ref.map as NonNullable<LensChoice['map']> } : {};
  if (ref.shape !== 'auto') {
    if (lensNames.includes(ref.shape)) return { shape: ref.shape, ...map };
    throw new AppError(
      'shape-unknown',
      `There is no dataset shape "${ref.shape}".`,
      `Shapes: auto, ${lensNames.join(', ')}.`,
    );
  }
  const indexes = Array.from({ length: Math.min(shapeRows, source.index.count) }, (_, index) => index);
  const rows = (await source.read(indexes, signal)).map(readRow);
  const detected = detectShape(rows.flatMap((row) => (row.status === 'ok' ? [row.json] : [])));
  return { shape: detected.shape, ...map };
}

function rangeOf(rows: string): [number, number] {
  const match = /^(\d*):(\d*)$/.exec(rows);
  if (!match) return [0, Number.POSITIVE_INFINITY];
  return [Number(match[1] || 0), match[2] ? Number(match[2]) : Number.POSITIVE_INFINITY];
}

function isDecided(rows: string, decision: Decision | null): boolean {
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
