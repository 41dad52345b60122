import { randomBytes } from 'node:crypto';
import { access, type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { exportObstacle, exportShapes, writeRow } from '../../core/dataset/export-shapes.ts';
import { AppError } from '../../core/errors.ts';
import type { Extraction } from '../../core/run/spec.ts';
import { many } from '../../core/text/plural.ts';
import type { Trace } from '../../core/trace/trace.ts';
import { errorCode, fileError } from '../files/file-errors.ts';
import { fingerprintAt, sameFingerprint } from '../files/fingerprint.ts';
import { loadImage } from '../images/trace-images.ts';
import type { Assets, Log, Progress, Settings } from '../ports.ts';
import { canEmbed, type ExportImages, ImageExporter } from './export-images.ts';
import { manifestOf } from './export-manifest.ts';
import type { UnsavedRow } from './journal.ts';
import { type OpenSelection, openSelection, type SelectedRow, type Selection } from './select.ts';

export interface ExportTask {
  readonly path: string;
  /** How the manifest names the source; its path as seen from the new file when left out. */
  readonly sourceName?: string;
  readonly selection: Selection;
  /** Shape to write, one of `exportShapes`. */
  readonly shape: string;
  readonly to: string;
  readonly images: ExportImages;
  /** Overwrite an existing file and its manifest. */
  readonly force?: boolean;
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  readonly extraction?: Extraction;
  /** Text that an open editor has for rows of the source; they are written as edited, and the source stays as it is. */
  readonly unsaved?: readonly UnsavedRow[];
  readonly log?: Log;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface ExportOutcome {
  readonly written: number;
  readonly skipped: number;
  /** Rows written from unsaved text. */
  readonly unsaved: number;
  /** How often each problem occurred: rows that were left out, images that keep the name they had. */
  readonly problems: Record<string, number>;
  /** Path of the manifest. */
  readonly manifest: string;
  /** Images that the new file names outside its own folder: whoever opens it has to allow their folder. */
  readonly outside: number;
}

/** What happened so far. */
interface ExportCounts {
  selected: number;
  written: number;
  skipped: number;
  unsaved: number;
  readonly problems: Record<string, number>;
}

const blockChars = 1 << 20;
const progressEvery = 200;

/**
 * Writes the selected traces as a new JSONL file in the given shape, with `<file>.manifest.json` beside it that says
 * where it came from. The file appears whole or not at all. AppError file-exists, selection-empty, shape-unknown,
 * request-invalid, filter-invalid, disk-full, file-changed-on-disk, cancelled.
 */
export async function exportDataset(task: ExportTask): Promise<ExportOutcome> {
  checkTarget(task);
  const asked = resolve(task.to);
  const folder = await realpath(dirname(asked)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT')
      throw new AppError(
        'file-not-found',
        `There is no folder ${dirname(asked)}.`,
        'Create it, or write the new file elsewhere.',
      );
    throw fileError(error, dirname(asked), 'write');
  });
  const to = join(folder, basename(asked));
  for (const path of task.force ? [] : [to, manifestPath(to)]) await refuseExisting(path);
  const before = await fingerprintAt(task.path);
  const selection = await openSelection(task, task.signal);
  try {
    if (await isSameFile(to, selection.path))
      throw new AppError(
        'request-invalid',
        'The export would overwrite its own source.',
        'Choose another file.',
      );
    return await write(task, selection, to, async () => {
      const now = await fingerprintAt(task.path);
      if (before === null || now === null || !sameFingerprint(before, now))
        throw new AppError(
          'file-changed-on-disk',
          `${basename(task.path)} changed while it was exported; nothing was written.`,
          'Export again.',
        );
    });
  } catch (error) {
    throw exportError(error, to);
  } finally {
    await selection.close();
  }
}

function checkTarget({ shape, images }: ExportTask): void {
  const names = exportShapes.map(({ name }) => name);
  if (!names.includes(shape))
    throw new AppError(
      'shape-unknown',
      `Coldstart writes no shape "${shape}".`,
      `One of ${names.join(', ')}.`,
    );
  if (images === 'embed' && !canEmbed(shape))
    throw new AppError(
      'request-invalid',
      `Images cannot stand inside rows of the shape ${shape}: what reads it opens a file for each.`,
      `Copy them, or choose one of ${names.filter(canEmbed).join(', ')}.`,
    );
}

async function write(
  task: ExportTask,
  selection: OpenSelection,
  to: string,
  sourceIsSame: () => Promise<void>,
): Promise<ExportOutcome> {
  const mark = `${process.pid}-${randomBytes(4).toString('hex')}.coldstart-tmp`;
  const [temp, manifestTemp] = [to, manifestPath(to)].map((path) =>
    join(dirname(path), `.${basename(path)}.${mark}`),
  ) as [string, string];
  const images = new ImageExporter(to, task.images);
  const counts: ExportCounts = { selected: 0, written: 0, skipped: 0, unsaved: 0, problems: {} };
  try {
    await writeFileSynced(temp, (file) => writeRows(file, task, selection, images, counts));
    await sourceIsSame();
    const facts = await manifestOf(task, selection, to, counts, task.signal);
    await writeFileSynced(manifestTemp, (file) => file.writeFile(`${JSON.stringify(facts, null, 2)}\n`));
    await rename(temp, to);
  } catch (error) {
    await Promise.all([temp, manifestTemp].map((path) => unlink(path).catch(() => undefined)));
    await images.discard();
    throw error;
  }
  // The export stands from here on, with its images, whatever becomes of its manifest.
  await rename(manifestTemp, manifestPath(to)).catch(async (error: unknown) => {
    await unlink(manifestTemp).catch(() => undefined);
    throw withoutManifest(to, error);
  });
  const { written, skipped, unsaved, problems } = counts;
  return { written, skipped, unsaved, problems, manifest: manifestPath(to), outside: images.outside };
}

async function writeFileSynced(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeRows(
  file: FileHandle,
  task: ExportTask,
  selection: OpenSelection,
  images: ImageExporter,
  counts: ExportCounts,
): Promise<void> {
  let block = '';
  for await (const selected of selection.rows(task.signal)) {
    if (counts.selected > 0 && counts.selected % progressEvery === 0)
      task.progress?.report(`${many(counts.written, 'trace')} written`, selected.index / selection.lines);
    counts.selected++;
    const line = await lineOf(selected, task, selection, images, counts);
    if (line === null) continue;
    counts.written++;
    if (selected.edited) counts.unsaved++;
    block += `${line}\n`;
    if (block.length < blockChars) continue;
    await file.appendFile(block);
    block = '';
  }
  if (counts.written === 0) throw nothingWritten(counts, task.shape);
  await file.appendFile(block);
}

/** The row in its new shape, or null for one that is left out. */
async function lineOf(
  { row }: SelectedRow,
  task: ExportTask,
  selection: OpenSelection,
  images: ImageExporter,
  counts: ExportCounts,
): Promise<string | null> {
  const obstacle = row.status === 'ok' ? obstacleOf(row.trace, task.shape) : 'row-unreadable';
  if (row.status !== 'ok' || obstacle !== null) {
    counts.skipped++;
    count(counts, obstacle ?? 'row-unreadable');
    return null;
  }
  const names: string[] = [];
  for (const ref of row.trace.images) {
    const image = await loadImage(ref, row.json, selection.folders);
    if (image.status !== 'ready') count(counts, `image-${image.status}`);
    names.push(await images.name(ref, row.json, image));
  }
  return writeRow(row.trace, task.shape, names);
}

function obstacleOf(trace: Trace, shape: string): string | null {
  if (trace.problems.some(({ code }) => code === 'row-not-object')) return 'row-not-object';
  return exportObstacle(trace, shape);
}

function count(counts: ExportCounts, code: string): void {
  counts.problems[code] = (counts.problems[code] ?? 0) + 1;
}

function nothingWritten({ skipped, problems }: ExportCounts, shape: string): AppError {
  const codes = Object.entries(problems).map(([code, rows]) => `${code}: ${rows}`);
  return new AppError(
    'selection-empty',
    skipped === 0
      ? 'No row is selected: nothing was written.'
      : `None of ${many(skipped, 'selected row')} can be written as ${shape} (${codes.join(', ')}).`,
    'Choose other rows, another filter or another shape.',
  );
}

const manifestPath = (to: string): string => `${to}.manifest.json`;

async function refuseExisting(path: string): Promise<void> {
  try {
    await access(path);
  } catch {
    return;
  }
  throw fileError(Object.assign(new Error(), { code: 'EEXIST' }), path, 'write');
}

async function isSameFile(to: string, source: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [to, source].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return a != null && b != null && a.dev === b.dev && a.ino === b.ino;
}

function withoutManifest(to: string, cause: unknown): AppError {
  const name = basename(manifestPath(to));
  return new AppError(
    'file-unreadable',
    `${basename(to)} is written, but the manifest that says where it came from is not.`,
    `Move what stands at ${name} away, then export again.`,
    { cause },
  );
}

function exportError(error: unknown, to: string): AppError {
  const code = errorCode(error instanceof AppError ? error.cause : error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError(
      'disk-full',
      `Could not write ${basename(to)}: the disk is full.`,
      'The unfinished file was removed. Free some space and export again.',
      { cause: error },
    );
  return fileError(error, to, 'write');
}
