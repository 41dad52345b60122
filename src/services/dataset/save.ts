import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { throwIfAborted } from '../cancelled.ts';
import { diskFull, fileError } from '../files/file-errors.ts';
import { type Fingerprint, fingerprintOf, sameFingerprint } from '../files/fingerprint.ts';
import { isAlive } from '../files/is-alive.ts';
import { FlushedWriter } from './flushed-writer.ts';
import { diskFs, type SaveFs, type SaveHandle } from './save-fs.ts';

/** Bytes start..start+length of the source give way to `bytes`. */
export interface Splice {
  readonly start: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

export interface SaveTask {
  readonly source: string;
  /** The fingerprint that the splices refer to. */
  readonly expected: Fingerprint;
  /** Ascending, without overlap. */
  readonly splices: readonly Splice[];
  /** The file to write; the source itself for a save in place. */
  readonly target: string;
}

/** The file has its new content; `confirmed` is false when the disk did not say that it would survive a power cut. */
export interface SaveOutcome {
  readonly confirmed: boolean;
  /** Of what was written: another program may have written the file since. */
  readonly fingerprint: Fingerprint;
}

const bufferBytes = 4 << 20;
const tempSuffix = '.coldstart-tmp';
/** Full copies of files that are written in place; never swept, as one may be all that is left of a save. */
const copySuffix = '.coldstart-copy';

/**
 * Writes the source with its splices to the target: a new file in the target's folder, synced, then renamed over it,
 * so that at any moment the target is the old file or the new one, whole.
 * Throws file-changed-on-disk when the source is no longer the expected one, disk-full, file-unreadable; then nothing
 * has changed and no temporary file is left.
 */
export async function saveSpliced(
  task: SaveTask,
  signal?: AbortSignal,
  fs: SaveFs = diskFs,
): Promise<SaveOutcome> {
  throwIfAborted(signal);
  const name = basename(task.target);
  try {
    return await save(task, signal, fs);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw fileError(error, name, 'write');
  }
}

async function save(task: SaveTask, signal: AbortSignal | undefined, fs: SaveFs): Promise<SaveOutcome> {
  const source = await openExpected(task, fs);
  try {
    // A link stays a link: the file it points to is replaced, in its own folder.
    const target = await fs.realpath(task.target).catch(() => task.target);
    const folder = dirname(target);
    const stats = await source.stat();
    const size = newSize(Number(stats.size), task.splices);
    await checkSpace(folder, size, basename(target), fs);
    const names = await fs.stat(target).then(
      async ({ nlink }) => {
        await fs.checkWritable(target);
        return nlink;
      },
      () => 1n,
    );
    const suffix = names > 1n ? copySuffix : tempSuffix;
    const temp = join(
      folder,
      `.${basename(target)}.${process.pid}-${randomBytes(4).toString('hex')}${suffix}`,
    );
    const content = { stats, size, splices: task.splices, name: basename(target) };
    let fingerprint = await writeTemp(temp, source, content, signal, fs);
    try {
      await assertUnchanged(task, fs);
      throwIfAborted(signal);
      if (names <= 1n) await fs.rename(temp, target);
    } catch (error) {
      await fs.unlink(temp).catch(() => undefined);
      throw error;
    }
    if (names > 1n) fingerprint = await overwrite(target, temp, size, fs);
    return await fs.syncFolder(folder).then(
      () => ({ confirmed: true, fingerprint }),
      () => ({ confirmed: false, fingerprint }),
    );
  } finally {
    await source.close().catch(() => undefined);
  }
}

interface NewContent {
  readonly stats: BigIntStats;
  readonly size: number;
  readonly splices: readonly Splice[];
  readonly name: string;
}

/** Writes the new content to `temp`, synced and with the mode of the old file; on failure nothing is left. */
async function writeTemp(
  temp: string,
  source: SaveHandle,
  content: NewContent,
  signal: AbortSignal | undefined,
  fs: SaveFs,
): Promise<Fingerprint> {
  const out = await fs.open(temp, 'wx');
  try {
    let written: BigIntStats;
    try {
      await copySpliced(source, out, Number(content.stats.size), content.splices, signal);
      await out.sync();
      written = await out.stat();
      if (Number(written.size) !== content.size)
        throw new AppError(
          'internal',
          `The new ${content.name} has ${written.size} bytes instead of ${content.size}.`,
          'Nothing was changed; save again.',
        );
    } finally {
      await out.close();
    }
    await fs.copyMode(temp, content.stats);
    return fingerprintOf(written);
  } catch (error) {
    await fs.unlink(temp).catch(() => undefined);
    throw error;
  }
}

/** A file with several names is written in place, so that all names see the new content; a full copy exists meanwhile. */
async function overwrite(target: string, copy: string, size: number, fs: SaveFs): Promise<Fingerprint> {
  try {
    let written: BigIntStats;
    const from = await fs.open(copy, 'r');
    try {
      const out = await fs.open(target, 'r+');
      try {
        await copySpliced(from, out, size, [], undefined);
        await out.truncate(size);
        await out.sync();
        written = await out.stat();
      } finally {
        await out.close();
      }
    } finally {
      await from.close();
    }
    await fs.unlink(copy);
    return fingerprintOf(written);
  } catch (error) {
    throw new AppError(
      'file-unreadable',
      `${basename(target)} has several names (hard links) and could not be written whole.`,
      `Its complete new content is in ${copy}; your edits are kept.`,
      { cause: error },
    );
  }
}

async function openExpected(task: SaveTask, fs: SaveFs): Promise<SaveHandle> {
  const source = await fs.open(task.source, 'r');
  try {
    const stats = await source.stat();
    if (!sameFingerprint(fingerprintOf(stats), task.expected)) throw changedOnDisk(task.source);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function assertUnchanged(task: SaveTask, fs: SaveFs): Promise<void> {
  const now = fingerprintOf(await fs.stat(task.source));
  if (!sameFingerprint(now, task.expected)) throw changedOnDisk(task.source);
}

/** The AppError of a file that another program has written since it was read. */
function changedOnDisk(path: string): AppError {
  return new AppError(
    'file-changed-on-disk',
    `${basename(path)} was changed by another program since it was opened.`,
    'It was not overwritten. Reload it (your edits follow their rows), or save under another name.',
  );
}

function newSize(size: number, splices: readonly Splice[]): number {
  return splices.reduce((sum, splice) => sum + splice.bytes.length - splice.length, size);
}

async function checkSpace(folder: string, size: number, name: string, fs: SaveFs): Promise<void> {
  // Some file systems cannot tell; then the write itself finds out.
  const free = await fs.freeBytes(folder).catch(() => Number.POSITIVE_INFINITY);
  if (free < size) throw diskFull(name);
}

/** Copies `size` bytes of the source with the splices in their places; then `out` may be synced or closed. */
async function copySpliced(
  source: SaveHandle,
  out: SaveHandle,
  size: number,
  splices: readonly Splice[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = new FlushedWriter(out);
  const copy = copier(source, writer, size, signal);
  try {
    let at = 0;
    for (const splice of splices) {
      await copy(at, splice.start);
      await writer.write(splice.bytes);
      at = splice.start + splice.length;
    }
    await copy(at, size);
  } finally {
    await writer.settled();
  }
}

/** Copies stretches of the source as they are; what comes next is read while what was read before is written. */
function copier(
  source: SaveHandle,
  writer: FlushedWriter,
  size: number,
  signal: AbortSignal | undefined,
): (from: number, to: number) => Promise<void> {
  const length = Math.min(bufferBytes, Math.max(size, 1));
  let [buffer, other] = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)];
  return async (from, to) => {
    const read = (at: number): Promise<number> => {
      const reading = source.read(buffer, Math.min(length, to - at), at);
      // A failure is looked at when its turn comes.
      reading.catch(() => undefined);
      return reading;
    };
    let reading = from < to ? read(from) : null;
    try {
      for (let at = from; reading !== null; ) {
        throwIfAborted(signal);
        const got = await reading;
        if (got === 0)
          throw new AppError('file-changed-on-disk', 'The file became shorter while it was saved.');
        const bytes = buffer.subarray(0, got);
        [buffer, other] = [other, buffer];
        at += got;
        reading = at < to ? read(at) : null;
        await writer.write(bytes);
      }
    } finally {
      await reading?.catch(() => undefined);
    }
  };
}

/** Removes what saves of this file left behind when their process was killed; files of living processes stay. */
export async function sweepTemps(path: string, fs: SaveFs = diskFs): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const names = await fs.list(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(tempSuffix)) continue;
    const pid = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1] ?? Number.NaN);
    if (Number.isInteger(pid) && !isAlive(pid)) await fs.unlink(join(folder, name)).catch(() => undefined);
  }
}
