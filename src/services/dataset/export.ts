import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, open, realpath, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { exportObstacle, exportShapes, writeRow } from '../../core/dataset/export-shapes.ts';
import { AppError } from '../../core/errors.ts';
import { productVersion } from '../../core/version.ts';
import { loadImage } from '../images/trace-images.ts';
import type { Assets, Log, Progress, Settings } from '../ports.ts';
import { type ExportImages, ImageExporter } from './export-images.ts';
import { errorCode, fileError } from './file-errors.ts';
import { type OpenSelection, openSelection, type Selection } from './select.ts';

export interface ExportTask {
  readonly path: string;
  readonly selection: Selection;
  /** Shape to write, one of `exportShapes`. */
  readonly shape: string;
  readonly to: string;
  readonly images: ExportImages;
  /** Overwrite an existing file. */
  readonly force?: boolean;
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  readonly log?: Log;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface ExportOutcome {
  readonly written: number;
  readonly skipped: number;
  /** How often each problem occurred. */
  readonly problems: Record<string, number>;
  readonly manifest: string;
}

const progressEvery = 200;

/**
 * Writes the selected traces as a new JSONL file in the given shape, with `<file>.manifest.json` beside it that says where
 * it came from. The file appears whole or not at all. Throws file-exists, selection-empty, shape-unknown, disk-full.
 */
export async function exportDataset(task: ExportTask): Promise<ExportOutcome> {
  if (!exportShapes.some(({ name }) => name === task.shape))
    throw new AppError(
      'shape-unknown',
      `Coldstart writes no shape "${task.shape}".`,
      `One of ${exportShapes.map(({ name }) => name).join(', ')}.`,
    );
  const to = resolve(task.to);
  if (!task.force && (await exists(to)))
    throw fileError(Object.assign(new Error(), { code: 'EEXIST' }), to, 'write');
  const selection = await openSelection(task, task.signal);
  try {
    if ((await realpath(to).catch(() => to)) === (await realpath(selection.path)))
      throw new AppError(
        'request-invalid',
        'The export would overwrite its own source.',
        'Choose another file.',
      );
    return await write(task, selection, to);
  } catch (error) {
    throw fileError(error, to, 'write');
  } finally {
    await selection.close();
  }
}

async function write(task: ExportTask, selection: OpenSelection, to: string): Promise<ExportOutcome> {
  const temp = join(
    dirname(to),
    `.${basename(to)}.${process.pid}-${randomBytes(4).toString('hex')}.coldstart-tmp`,
  );
  const images = new ImageExporter(to, task.images);
  const problems: Record<string, number> = {};
  const count = (code: string): void => {
    problems[code] = (problems[code] ?? 0) + 1;
  };
  let written = 0;
  let skipped = 0;
  const file = await open(temp, 'wx');
  try {
    for await (const { row, index } of selection.rows(task.signal)) {
      if (index % progressEvery === 0)
        task.progress?.report(`${written} traces written`, index / selection.lines);
      if (row.status !== 'ok') {
        skipped++;
        count('row-unreadable');
        continue;
      }
      const { trace, json } = row;
      if (exportObstacle(trace, task.shape) !== null) {
        skipped++;
        count(trace.completion === null ? 'completion-missing' : 'ground-truth-missing');
        continue;
      }
      const names: string[] = [];
      for (const ref of trace.images) {
        const image = await loadImage(ref, json, selection.folders);
        if (image.status !== 'ready') count(`image-${image.status}`);
        names.push(await images.name(ref, image));
      }
      await file.write(`${writeRow(trace, task.shape, names)}\n`);
      written++;
    }
    if (written === 0)
      throw new AppError(
        'selection-empty',
        skipped === 0
          ? 'No row is selected: nothing was written.'
          : `None of the ${skipped} selected rows can be written as ${task.shape}.`,
        'Choose other rows, another filter or another shape.',
      );
    await file.sync();
    await file.close();
    const manifest = `${to}.manifest.json`;
    const facts = await manifestOf(task, selection, { written, skipped, problems });
    await rename(temp, to);
    await writeFile(manifest, `${JSON.stringify(facts, null, 2)}\n`);
    return { written, skipped, problems, manifest };
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(temp).catch(() => undefined);
    throw error;
  }
}

async function manifestOf(
  task: ExportTask,
  selection: OpenSelection,
  counts: { written: number; skipped: number; problems: Record<string, number> },
): Promise<object> {
  const { rows, filter, limit, map } = task.selection;
  return {
    version: 1,
    product: `coldstart ${productVersion}`,
    created: new Date().toISOString(),
    source: { path: selection.path, sha256: await fileHash(selection.path), bytes: selection.bytes },
    decisions: {
      path: selection.decisions.path,
      sha256: await fileHash(selection.decisions.path),
      ...selection.decisions.fold.counts(),
    },
    selection: { rows, filter, ...(Number.isFinite(limit) ? { limit } : {}), ...(map ? { map } : {}) },
    shape: { read: selection.reader.lens.shape, written: task.shape },
    images: task.images,
    counts: { lines: selection.lines, written: counts.written, skipped: counts.skipped },
    problems: counts.problems,
  };
}

async function fileHash(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
