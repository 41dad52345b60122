import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type TrainerPrompt, trainerRow } from '../../core/dataset/export-trainer.ts';
import { jsonLine } from '../../core/dataset/export-turns.ts';
import { AppError } from '../../core/errors.ts';
import type { DatasetRef, Extraction, RunSpec } from '../../core/run/spec.ts';
import { isOrAre, many } from '../../core/text/plural.ts';
import { throwIfAborted } from '../cancelled.ts';
import { type SelectedTrace, type SelectionCounts, selectTraces } from '../dataset/select-traces.ts';
import { fileHash } from '../files/file-hash.ts';
import type { Refusal } from '../images/resolve.ts';
import { checkImage } from '../images/trace-images.ts';
import { inOrder } from './in-order.ts';
import type { Tolerate } from './resolve-spec.ts';
import { runFolderError } from './run-folder-error.ts';
import type { RunHost } from './views.ts';

/** Rows of one dataset as a trainer reads them. */
export interface WrittenRows extends SelectionCounts {
  /** SHA-256 of the dataset file. */
  readonly sha256: string;
  /** Short fields of each row that divide rows into kinds, by row index. */
  readonly meta: ReadonlyMap<number, Readonly<Record<string, string>>>;
  /** Rows that were chosen and left out, because an image of theirs cannot be used. */
  readonly refused: readonly RefusedImage[];
  /** Rows that were chosen and left out, because they lack the completion that SFT learns from. */
  readonly incomplete: number;
}

export interface RefusedImage {
  readonly trace: string;
  /** Line of the dataset, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface PreparedInputs {
  readonly train: WrittenRows;
  readonly eval: WrittenRows | null;
}

/** Where pictures that stand inside rows are written, and under which folder the rows name them. */
export interface MediaFolder {
  readonly folder: string;
  readonly named: string;
}

const longestKind = 40;
/** Rows whose images are looked at side by side: enough to keep a disk busy, few open files. */
const imagesAtOnce = 16;

/** What is told of rows that could not be had. */
const noRows: WrittenRows = {
  rows: 0,
  broken: 0,
  selected: 0,
  incomplete: 0,
  sha256: '',
  meta: new Map(),
  refused: [],
};

/** Writes `inputs/train.jsonl` and `inputs/eval.jsonl` of a run folder in the making; `final` is its later name. */
export async function writeInputs(
  spec: RunSpec,
  making: string,
  final: string,
  host: RunHost,
  signal?: AbortSignal,
  tolerate: Tolerate = (_, work) => work,
): Promise<PreparedInputs> {
  const media = { folder: join(making, 'media'), named: join(final, 'media') };
  const write = async (ref: DatasetRef, name: string) => {
    const path = join(making, 'inputs', name);
    try {
      return await writeRows(ref, spec.prompt, path, media, host, signal, {
        extraction: spec.extraction,
        needsCompletion: spec.stage === 'sft',
      });
    } catch (error) {
      // Who tolerates this goes on with no rows.
      await writeFile(path, '').catch(() => undefined);
      throw error;
    }
  };
  const train = await tolerate(['dataset', 'path'], write(spec.dataset, 'train.jsonl'), noRows);
  const evaluation = spec.evaluation
    ? await tolerate(['evaluation', 'path'], write(spec.evaluation, 'eval.jsonl'), noRows)
    : null;
  return { train, eval: evaluation };
}

/**
 * Writes the chosen rows of a dataset in the one shape that the Python side reads, rows with an unusable image left
 * out and named. AppError selection-empty names what was asked for.
 */
export async function writeRows(
  ref: DatasetRef,
  prompt: TrainerPrompt,
  to: string,
  media: MediaFolder,
  host: RunHost,
  signal?: AbortSignal,
  rule: { readonly extraction: Extraction; readonly needsCompletion: boolean } = {
    extraction: 'boxed',
    needsCompletion: false,
  },
): Promise<WrittenRows> {
  const counts: SelectionCounts = { rows: 0, broken: 0, selected: 0 };
  const meta = new Map<number, Record<string, string>>();
  const refused: RefusedImage[] = [];
  let incomplete = 0;
  let done = 0;
  const before = await changeMarkOf(ref.path);
  const out = createWriteStream(to);
  const ended = finished(out);
  ended.catch(() => undefined);
  try {
    const chosen = selectTraces(ref, rule.extraction, host.assets, counts, signal);
    const read = async (selected: SelectedTrace) => {
      const isIncomplete = rule.needsCompletion && !selected.trace.completion?.text;
      return { selected, images: isIncomplete ? null : await imagesOf(selected, ref, media) };
    };
    for await (const { selected, images } of inOrder(chosen, read, imagesAtOnce)) {
      throwIfAborted(signal);
      const { trace } = selected;
      done++;
      if (done % 500 === 0) host.progress?.report(`${many(done, 'row')} selected`);
      if (images === null) {
        incomplete++;
        continue;
      }
      if (!Array.isArray(images)) {
        refused.push({ trace: trace.id, line: selected.line, message: images.message });
        continue;
      }
      const row = trainerRow(trace, images, prompt, ref.path);
      meta.set(trace.index, kindsOf(trace.meta));
      if (!out.write(`${jsonLine(row)}\n`)) await Promise.race([once(out, 'drain'), ended]);
    }
    out.end();
    await ended;
  } catch (error) {
    out.destroy();
    throw fileErrorOf(error, to);
  }
  if (counts.selected === 0) throw nothingSelected(ref, counts);
  if (counts.selected === incomplete)
    throw new AppError(
      'selection-empty',
      `None of ${many(incomplete, 'chosen row')} of ${ref.path} has a completion, which SFT learns from.`,
      'Choose a dataset of traces, or name the field of the completion under "map".',
    );
  if (counts.broken > 0)
    host.log.warn(
      `${many(counts.broken, 'row')} of ${ref.path} cannot be read and ${isOrAre(counts.broken)} left out.`,
    );
  const sha256 = await fileHash(ref.path, signal);
  if ((await changeMarkOf(ref.path)) !== before)
    throw new AppError(
      'file-changed-on-disk',
      `${ref.path} changed while its rows were selected.`,
      'Start the run again when the file is complete.',
    );
  return { ...counts, meta, refused, incomplete, sha256 };
}

const fileErrorOf = (error: unknown, path: string) =>
  error instanceof Error && 'code' in error && !(error instanceof AppError)
    ? runFolderError(error, dirname(path))
    : error;

function nothingSelected(ref: DatasetRef, { rows, broken }: SelectionCounts): AppError {
  const asked = [
    ...(ref.rows === 'all' ? [] : [`rows "${ref.rows}"`]),
    ...(ref.filter === '' ? [] : [`the filter "${ref.filter}"`]),
  ].join(' and ');
  const unread = broken > 0 ? ` (${broken} cannot be read)` : '';
  return new AppError(
    'selection-empty',
    asked === ''
      ? `${ref.path} has no rows that can be used${unread}.`
      : `No row of ${ref.path} is chosen by ${asked}; it has ${many(rows, 'row')}${unread}.`,
    asked === '' ? 'Choose another dataset.' : 'Choose other rows or another filter.',
  );
}

/** The absolute path of each image; pictures inside the row become files named by their content. */
async function imagesOf(
  { trace, row }: SelectedTrace,
  ref: DatasetRef,
  media: MediaFolder,
): Promise<string[] | Refusal> {
  const folders = [dirname(ref.path), ...ref.image_roots];
  const paths: string[] = [];
  for (const image of trace.images) {
    const loaded = await checkImage(image, row, folders);
    if (loaded.status !== 'ready') return loaded;
    if (loaded.path !== null) paths.push(loaded.path);
    else {
      const name = `${createHash('sha256').update(loaded.bytes).digest('hex')}.${loaded.header.format}`;
      await mkdir(media.folder, { recursive: true });
      await writeFile(join(media.folder, name), loaded.bytes);
      paths.push(join(media.named, name));
    }
  }
  return paths;
}

function kindsOf(meta: SelectedTrace['trace']['meta']): Record<string, string> {
  const short = Object.entries(meta).filter(
    ([, value]) => value !== null && String(value).length <= longestKind,
  );
  return Object.fromEntries(short.map(([key, value]) => [key, String(value)]));
}

/** What changes when the file does; empty when there is none. */
async function changeMarkOf(path: string): Promise<string> {
  const facts = await stat(path).catch(() => null);
  return facts ? `${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}` : '';
}
