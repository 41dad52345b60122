import type { DatasetRef, Extraction } from '../../core/run/spec.ts';
import type { Json, Trace } from '../../core/trace/trace.ts';
import type { Assets } from '../ports.ts';
import { openSelection, selectionOf } from './select.ts';

export interface SelectedTrace {
  readonly trace: Trace;
  /** Line of the file, from 1, as the trace editor names it. */
  readonly line: number;
  /** The row as it stands in the file, for images inside it. */
  readonly row: Json;
}

/** What a selection went through, known when it ends. */
export interface SelectionCounts {
  /** Lines of the file, or elements of its array. */
  rows: number;
  /** Chosen rows that could not be read and were left out. */
  broken: number;
  selected: number;
}

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
  const { path, rows, filter, shape, map } = ref;
  const selection = await openSelection(
    {
      path,
      selection: selectionOf({ rows, filter, shape, ...(map ? { map: map as Record<string, string> } : {}) }),
      assets,
      settings: { imageRoots: [] },
      extraction,
    },
    signal,
  );
  try {
    counts.rows = selection.lines;
    for await (const { row, line } of selection.rows(signal)) {
      if (row.status === 'broken') {
        counts.broken++;
        continue;
      }
      counts.selected++;
      yield { trace: row.trace, line, row: row.json };
      // A broken row uses up none of the limit.
      if (ref.limit !== undefined && counts.selected >= ref.limit) return;
    }
  } finally {
    await selection.close();
  }
}
