import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import { type Extraction, extractionSchema, rowSelectionSchema } from '../core/run/spec.ts';
import { type FieldMap, lensNames } from '../core/trace/lens.ts';
import { extractionProblem } from '../core/verify/extract.ts';
import {
  type OpenSelection,
  openSelection,
  type Selection,
  selectionOf,
} from '../services/dataset/select.ts';
import { fileError } from '../services/files/file-errors.ts';
import type { CliContext } from './context.ts';
import { note, reader, unlessInterrupted } from './output.ts';

/** Flags that every command on rows takes. */
export interface DatasetFlags {
  readonly json?: boolean;
  readonly shape: string;
  readonly map?: FieldMap;
  readonly rows?: string;
  readonly filter?: string;
  readonly imageRoot?: readonly string[];
  readonly extraction: Extraction;
}

const mapFields = ['prompt', 'images', 'completion', 'ground_truth', 'id'] as const;

/** Adds the common flags. */
export function addDatasetFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--shape <name>', 'read rows in this shape').choices(['auto', ...lensNames]).default('auto'),
    )
    .option(
      '--map <fields>',
      `name fields by hand: ${mapFields.map((field) => `${field}=F`).join(',')}`,
      readMap,
    )
    .option(
      '--rows <which>',
      'all (the default), kept, dropped, flagged, undecided, or a range A:B of indexes',
      readRows,
    )
    .option('--filter <expr>', 'only rows that match, for example verdict:incorrect')
    .option('--image-root <dir>', 'one more folder that images may come from, as often as needed', several)
    .option(
      '--extraction <rule>',
      'how answers are read: boxed, answer_tag, hashes, the_answer_is, regex:PATTERN',
      readExtraction,
      'boxed' as Extraction,
    )
    .option('--json', 'one JSON record per line on stdout');
}

function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** `--rows`: which rows, as a usage error when it names none that can be. */
export function readRows(text: string): string {
  if (!rowSelectionSchema.safeParse(text).success)
    throw new InvalidArgumentError('Use all, kept, dropped, flagged, undecided, or a range A:B.');
  const [, from, to] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (from !== undefined && Number(from) > Number(to))
    throw new InvalidArgumentError('This range ends before it begins; in A:B, B is the first row left out.');
  return text;
}

/** `--map`: fields named by hand. */
export function readMap(text: string): FieldMap {
  const pairs = text.split(',').map((pair) => {
    const [, field = '', name = ''] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(pair) ?? [];
    if (!mapFields.some((known) => known === field))
      throw new InvalidArgumentError(`Write FIELD=NAME, with FIELD one of ${mapFields.join(', ')}.`);
    return [field, name] as const;
  });
  return Object.fromEntries(pairs);
}

/** `--extraction`: how answers are read. */
export function readExtraction(text: string): Extraction {
  const parsed = extractionSchema.safeParse(text);
  if (!parsed.success)
    throw new InvalidArgumentError('Use boxed, answer_tag, hashes, the_answer_is or regex:PATTERN.');
  const problem = extractionProblem(parsed.data);
  if (problem !== null) throw new InvalidArgumentError(`This pattern cannot be used: ${problem}.`);
  return parsed.data;
}

/** The rows that the flags choose. */
export function chosenRows(flags: DatasetFlags, filter = flags.filter ?? ''): Selection {
  return selectionOf({ rows: flags.rows ?? 'all', filter, shape: flags.shape, map: flags.map });
}

/** A dataset file as a command reads it: stdin is spooled to a file first, which goes when the command ends. */
export interface DatasetInput {
  readonly path: string;
  /** What the person called it. */
  readonly name: string;
  /** The folder that paths of images in stdin are relative to, else none. */
  readonly imageRoots: readonly string[];
}

/** True for `-` and for a named pipe: rows that pass once and have nothing beside them. */
export async function isPipe(file: string, { cwd }: CliContext): Promise<boolean> {
  return file === '-' || (await stat(resolve(cwd, file)).catch(() => null))?.isFIFO() === true;
}

/** What a command names as its dataset: a file, or standard input (`-`) or another pipe spooled to one. */
export async function datasetInput(file: string, context: CliContext): Promise<DatasetInput> {
  const named = resolve(context.cwd, file);
  // Rows are read in any order and more than once, which a pipe, such as that of `<(zcat …)`, cannot.
  if (!(await isPipe(file, context))) return { path: named, name: file, imageRoots: [] };
  const path = join(tmpdir(), `coldstart-stdin-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`);
  process.once('exit', () => rmSync(path, { force: true }));
  const spool = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const { signal } = context;
  const spooling = pipeline(file === '-' ? process.stdin : createReadStream(named), spool, { signal });
  await unlessInterrupted(
    spooling.catch((error: unknown) => {
      throw signal.aborted ? error : fileError(error, path, 'write');
    }),
    signal,
    `${file === '-' ? 'Standard input' : file} was not read to its end. Nothing was written.`,
  );
  return { path, name: file, imageRoots: [context.cwd] };
}

/** The folders of `--image-root`, absolute; AppError file-not-found for one that is none. */
export async function imageFolders(given: readonly string[], { cwd }: CliContext): Promise<string[]> {
  const folders = given.map((root) => resolve(cwd, root));
  for (const folder of folders) {
    const isFolder = (await stat(folder).catch(() => null))?.isDirectory() === true;
    if (!isFolder)
      throw new AppError('file-not-found', `--image-root ${folder} is not a folder.`, 'Check the path.');
  }
  return folders;
}

/** Opens what the flags choose, and closes it after `use`. */
export async function withSelection<T>(
  file: string,
  flags: DatasetFlags,
  context: CliContext,
  use: (selection: OpenSelection, name: string) => Promise<T>,
  filter?: string,
): Promise<T> {
  const folders = await imageFolders(flags.imageRoot ?? [], context);
  const input = await datasetInput(file, context);
  const settings = context.settings({ imageRoots: [...input.imageRoots, ...folders] });
  const selection = await openSelection(
    {
      path: input.path,
      selection: chosenRows(flags, filter),
      assets: context.assets,
      settings,
      extraction: flags.extraction,
    },
    context.signal,
  );
  try {
    const result = await use(selection, input.name);
    const unknown = selection.unknown();
    if (unknown !== null) note(unknown);
    return result;
  } finally {
    await selection.close();
  }
}

/** Waits for a slow reader of stdout, so that a million records never pile up in memory. */
export async function drained(): Promise<void> {
  if (reader.isGone || !process.stdout.writableNeedDrain) return;
  await once(process.stdout, 'drain').catch((error: unknown) => {
    if (!reader.isGone) throw error;
  });
}
