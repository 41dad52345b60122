import { dirname, relative, sep } from 'node:path';
import { productVersion } from '../../core/version.ts';
import { fileHash } from '../files/file-hash.ts';
import type { ExportImages } from './export-images.ts';
import type { OpenSelection, Selection } from './select.ts';

/** What the manifest tells of how an export was asked for. */
export interface ManifestTask {
  readonly selection: Selection;
  readonly sourceName?: string;
  readonly shape: string;
  readonly images: ExportImages;
  readonly signal?: AbortSignal;
}

/** `<file>.manifest.json`: where an exported dataset came from, enough to make it again. */
export interface ExportManifest {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly product: { readonly name: string; readonly version: string };
  /** `path` as seen from the new file, with forward slashes; `rows` are lines, or elements of an array. */
  readonly source: {
    readonly path: string;
    readonly sha256: string;
    readonly rows: number;
    /** Rows that were written as an open editor had them, which the source's hash does not cover; left out for none. */
    readonly unsaved?: number;
  };
  readonly shape: { readonly from: string; readonly to: string; readonly map?: object };
  readonly rows: string;
  readonly filter: string;
  readonly limit?: number;
  /** Decisions in force when the rows were chosen. */
  readonly decisions: { readonly keep: number; readonly drop: number; readonly flag: number };
  readonly images: string;
  readonly counts: { readonly selected: number; readonly written: number; readonly skipped: number };
  readonly problems: Readonly<Record<string, number>>;
}

/** The manifest of an export that was written to `to`; hashes the source. */
export async function manifestOf(
  task: ManifestTask,
  selection: OpenSelection,
  to: string,
  tally: {
    selected: number;
    written: number;
    skipped: number;
    unsaved: number;
    problems: Record<string, number>;
  },
  signal?: AbortSignal,
): Promise<ExportManifest> {
  const { rows, filter, limit, map } = task.selection;
  const { selected, written, skipped, unsaved, problems } = tally;
  return {
    version: 1,
    created: new Date().toISOString(),
    product: { name: 'coldstart', version: productVersion },
    source: {
      path: task.sourceName ?? relative(dirname(to), selection.path).split(sep).join('/'),
      sha256: await fileHash(selection.path, signal),
      rows: selection.lines,
      ...(unsaved > 0 ? { unsaved } : {}),
    },
    shape: { from: selection.reader.lens.shape, to: task.shape, ...(map ? { map } : {}) },
    rows,
    filter,
    ...(Number.isFinite(limit) ? { limit } : {}),
    decisions: selection.decisions.fold.counts(),
    images: task.images,
    counts: { selected, written, skipped },
    problems,
  };
}
