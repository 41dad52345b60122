import { AppError } from '../../core/errors.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { FieldMap } from '../../core/trace/lens.ts';
import type { Decision, Json, Trace } from '../../core/trace/trace.ts';
import { type LoadedImage, loadImage } from '../images/trace-images.ts';
import type { Assets, Log, Settings } from '../ports.ts';
import { TraceDocument } from './document.ts';
import { throwIfAborted } from './file-errors.ts';

/** Which rows of a dataset: by decision or index range, then by filter, then at most `limit` of them, in file order. */
export interface Selection {
  /** all, kept, dropped, flagged, undecided, or a half-open index range A:B. */
  readonly rows: string;
  readonly filter: string;
  readonly limit?: number;
}

export interface SelectOptions {
  readonly selection: Selection;
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  readonly log: Log;
  readonly shape?: string;
  readonly map?: FieldMap;
  readonly extraction?: Extraction;
}

/** One selected trace with its row; `image(i)` loads the i-th image it names, or says why there is none. */
export interface SelectedTrace {
  readonly trace: Trace;
  readonly json: Json;
  readonly decision: Decision | null;
  image(position: number): Promise<LoadedImage>;
}

const pageSize = 200;
const decisions: Readonly<Record<string, Decision | null>> = {
  kept: 'keep',
  dropped: 'drop',
  flagged: 'flag',
  undecided: null,
};

/** A selection with its defaults; AppError request-invalid when `rows` is none of the known words or ranges. */
export function selectionOf(given: { rows?: string; filter?: string; limit?: number }): Selection {
  const rows = given.rows ?? 'all';
  if (rows !== 'all' && !Object.hasOwn(decisions, rows) && !rangeOf(rows)) {
    throw new AppError(
      'request-invalid',
      `“${rows}” selects no rows.`,
      'Use all, kept, dropped, flagged, undecided, or a range A:B.',
    );
  }
  return { rows, filter: given.filter ?? '', ...(given.limit === undefined ? {} : { limit: given.limit }) };
}

/**
 * Opens a dataset and gives the selected rows that can be read as traces, in file order; rows that cannot be read are
 * passed over and counted in `skipped`. AppError filter-invalid when the filter is wrong.
 */
export class DatasetSelection {
  /** Rows that the selection names but that are broken or blank. */
  skipped = 0;

  private constructor(
    readonly document: TraceDocument,
    private readonly selection: Selection,
    private readonly folders: readonly string[],
  ) {}

  static async open(path: string, options: SelectOptions, signal?: AbortSignal): Promise<DatasetSelection> {
    const { selection, assets, settings, log, shape, map, extraction } = options;
    const document = await TraceDocument.open(
      path,
      {
        assets,
        settings,
        log,
        cacheFolder: null,
        ...(shape && shape !== 'auto' ? { shape } : {}),
        ...(map ? { map } : {}),
        ...(extraction ? { extraction } : {}),
      },
      signal,
    );
    try {
      await document.indexed();
      const byDecision = Object.hasOwn(decisions, selection.rows);
      if (byDecision) await document.surveyed();
      await document.setFilter(selection.filter);
      await document.filtered();
      const { error } = document.view().filter;
      if (error) {
        throw new AppError('filter-invalid', `${error.message} (at ${error.start + 1})`, 'Correct the filter.');
      }
      return new DatasetSelection(document, selection, document.imageFolders());
    } catch (error) {
      await document.dispose();
      throw error;
    }
  }

  /** Positions in the filtered list that are inside the index range of the selection. */
  async *traces(signal?: AbortSignal): AsyncGenerator<SelectedTrace> {
    const [from, to] = rangeOf(this.selection.rows) ?? [0, Number.POSITIVE_INFINITY];
    const wanted = decisions[this.selection.rows];
    const limit = this.selection.limit ?? Number.POSITIVE_INFINITY;
    const { matched } = this.document.view().filter;
    let given = 0;
    for (let position = 0; position < matched && given < limit; position += pageSize) {
      throwIfAborted(signal);
      for (const index of this.document.indexesAt(position, pageSize)) {
        if (index < from || index >= to) continue;
        if (wanted !== undefined && (await this.document.decision(index)) !== wanted) continue;
        const row = await this.document.row(index, signal);
        if (row.status !== 'ok') {
          this.skipped += 1;
          continue;
        }
        const { trace, json } = row;
        const image = (at: number): Promise<LoadedImage> => {
          const ref = trace.images[at];
          return ref
            ? loadImage(ref, json, this.folders)
            : Promise.resolve({ status: 'missing', message: 'The row has no such image.' });
        };
        yield { trace, json, decision: wanted ?? (await this.document.decision(index)), image };
        given += 1;
        if (given >= limit) return;
      }
    }
  }

  dispose(): Promise<void> {
    return this.document.dispose();
  }
}

/** `A:B`, either end open; null for anything else. */
function rangeOf(rows: string): [number, number] | null {
  const range = /^(\d*):(\d*)$/.exec(rows);
  if (!range) return null;
  return [Number(range[1] || 0), range[2] ? Number(range[2]) : Number.POSITIVE_INFINITY];
}
