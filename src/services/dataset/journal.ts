import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { AppError } from '../../core/errors.ts';
import { errorCode, fileError } from '../files/file-errors.ts';

/** One unsaved row: where it stood, what it was made from, and its text now. */
export interface UnsavedRow {
  readonly index: number;
  /** Hash of the row's bytes on disk. */
  readonly baseHash: string;
  readonly text: string;
}

/** The unsaved rows of a journal; `damaged` lines could not be read, and were left out. */
export interface Unsaved {
  readonly rows: readonly UnsavedRow[];
  readonly damaged: number;
}

const entrySchema = z.object({
  index: z.int().min(0),
  baseHash: z.string(),
  /** Null when the row is as on disk again. */
  text: z.string().nullable(),
});
type Entry = z.infer<typeof entrySchema>;

const sumOf = (json: string): string => createHash('sha256').update(json).digest('hex').slice(0, 16);

function lineOf(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${sumOf(json)} ${json}\n`;
}

function entryOf(line: string): Entry | null {
  const json = line.slice(17);
  if (line.slice(0, 17) !== `${sumOf(json)} `) return null;
  return entrySchema.parse(JSON.parse(json));
}

/** Rows without a place may have stood where others stand now. */
const keyOf = ({ index, baseHash }: Entry): string => `${index} ${baseHash}`;

/** What a journal says, its newest line for each row. A line that was never ended was never acknowledged either. */
export function parseJournal(text: string): Unsaved {
  const rows = new Map<string, UnsavedRow>();
  let damaged = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const entry = line === '' ? undefined : entryOf(line);
    if (entry === null) damaged += 1;
    else if (entry?.text === null) rows.delete(keyOf(entry));
    else if (entry) rows.set(keyOf(entry), { ...entry, text: entry.text });
  }
  return { rows: [...rows.values()].sort((a, b) => a.index - b.index), damaged };
}

/** Every call that a journal makes on the disk, so that tests can fail any one of them. */
export interface JournalFs {
  read(path: string): Promise<string>;
  /** Adds to the end of the file and resolves when the disk has it. */
  append(path: string, text: string): Promise<void>;
  /** Replaces the file, whole or not at all. */
  replace(path: string, text: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

async function written(path: string, flags: 'a' | 'w', text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, flags, 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

export const journalFs: JournalFs = {
  read: (path) => readFile(path, 'utf8'),
  append: (path, text) => written(path, 'a', text),
  replace: async (path, text) => {
    await written(`${path}.tmp`, 'w', text);
    await rename(`${path}.tmp`, path);
  },
  copy: copyFile,
  remove: (path) => rm(path, { force: true }),
};

/**
 * The folder that all windows on a workspace share for journals. VS Code gives an extension `<id>-1` in place of the
 * storage `<id>` when a reloaded window starts before its old extension host has gone (vscode.lock in
 * extensionHostProcess): what the old one wrote must be found all the same.
 */
export function journalFolder(storage: string): string {
  const given = dirname(storage);
  const first = given.replace(/-[1-9]$/, '');
  return join(existsSync(first) ? first : given, basename(storage));
}

/** Where the unsaved rows of a dataset are kept. */
export const journalPath = (folder: string, dataset: string): string =>
  join(folder, 'unsaved', `${createHash('sha256').update(dataset).digest('hex').slice(0, 32)}.journal`);

/**
 * The unsaved rows of one dataset, on disk from the moment an edit is acknowledged: neither a killed extension host nor
 * a window that forgets its backup loses them. `unsaved` gives all of them as they are now, `failed` hears once when
 * they cannot be written.
 */
export class Journal {
  #last: Promise<void> = Promise.resolve();
  #problem: AppError | null = null;

  constructor(
    readonly path: string,
    private readonly unsaved: () => readonly UnsavedRow[],
    private readonly failed: (error: AppError) => void,
    private readonly fs: JournalFs = journalFs,
  ) {}

  /** What was left by an earlier visit; a damaged journal is set aside as a whole beside it. */
  async read(): Promise<Unsaved> {
    let text: string;
    try {
      text = await this.fs.read(this.path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { rows: [], damaged: 0 };
      throw fileError(error, this.path, 'read');
    }
    const found = parseJournal(text);
    if (found.damaged > 0) await this.fs.copy(this.path, `${this.path}.damaged`);
    return found;
  }

  /** Writes down the row as it is now; `text` is null when it is as on disk again. */
  record(index: number, baseHash: string, text: string | null): void {
    // After a failure the file lacks rows, so all of them are written again.
    this.#then(() =>
      this.#problem ? this.#rewrite() : this.fs.append(this.path, lineOf({ index, baseHash, text })),
    );
  }

  /** Writes the file anew with the rows that are unsaved now; without any it goes. */
  compact(): Promise<void> {
    this.#then(() => this.#rewrite());
    return this.written();
  }

  /** Resolves when the disk has every row recorded so far, or could not take it, which `failed` has heard. */
  written(): Promise<void> {
    return this.#last;
  }

  /** Resolves like `written`; AppError disk-full or file-unreadable when the disk does not have them. */
  async confirmed(): Promise<void> {
    await this.#last;
    if (this.#problem) throw this.#problem;
  }

  #rewrite(): Promise<void> {
    const rows = this.unsaved();
    return rows.length === 0
      ? this.fs.remove(this.path)
      : this.fs.replace(this.path, rows.map(lineOf).join(''));
  }

  #then(act: () => Promise<void>): void {
    this.#last = this.#last.then(act).then(
      () => {
        this.#problem = null;
      },
      (error: unknown) => {
        const isNews = this.#problem === null;
        this.#problem = fileError(error, this.path, 'write');
        if (isNews) this.failed(this.#problem);
      },
    );
  }
}
