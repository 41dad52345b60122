import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { diskFull, fileError, throwIfAborted } from './file-errors.ts';
import { type Fingerprint, fingerprintOf, sameFingerprint } from './fingerprint.ts';
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

const bufferBytes = 4 << 20;
const tempSuffix = '.coldstart-tmp';

/**
 * Writes the source with its splices to the target: a new file in the target's folder, synced, then renamed over it,
 * so that at any moment the target is the old file or the new one, whole. Returns the fingerprint of the new file.
 * Throws file-changed-on-disk when the source is no longer the expected one, disk-full, file-unreadable; then nothing
 * has changed and no temporary file is left.
 */
export async function saveSpliced(
  task: SaveTask,
  signal?: AbortSignal,
  fs: SaveFs = diskFs,
): Promise<Fingerprint> {
  throwIfAborted(signal);
  const name = basename(task.target);
  try {
    return await save(task, signal, fs);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw fileError(error, name, 'write');
  }
}

async function save(task: SaveTask, signal: AbortSignal | undefined, fs: SaveFs): Promise<Fingerprint> {
  const source = await openExpected(task, fs);
  try {
    // A link stays a link: the file it points to is replaced, in its own folder.
    const target = await fs.realpath(task.target).catch(() => task.target);
    const folder = dirname(target);
    const stats = await source.stat();
    const size = newSize(Number(stats.size), task.splices);
    await checkSpace(folder, size, basename(target), fs);
    const temp = join(
      folder,
      `.${basename(target)}.${process.pid}-${randomBytes(4).toString('hex')}${tempSuffix}`,
    );
    const out = await fs.open(temp, 'wx');
    let open = true;
    try {
      await copySpliced(source, out, Number(stats.size), task.splices, signal);
      await out.sync();
      const written = await out.stat();
      if (Number(written.size) !== size)
        throw new AppError(
          'internal',
          `The new ${basename(target)} has ${written.size} bytes instead of ${size}.`,
          'Nothing was changed; save again.',
        );
      open = false;
      await out.close();
      await fs.copyMode(temp, stats);
      await assertUnchanged(task, fs);
      throwIfAborted(signal);
      await fs.rename(temp, target);
    } catch (error) {
      if (open) await out.close().catch(() => undefined);
      await fs.unlink(temp).catch(() => undefined);
      throw error;
    }
    await fs.syncFolder(folder).catch((error: unknown) => {
      throw new AppError(
        'file-unreadable',
        `${basename(target)} is written, but the disk did not confirm it.`,
        'Save again to be sure.',
        { cause: error },
      );
    });
    return fingerprintOf(await fs.stat(target));
  } finally {
    await source.close().catch(() => undefined);
  }
}

async function openExpected(task: SaveTask, fs: SaveFs): Promise<SaveHandle> {
  const source = await fs.open(task.source, 'r');
  const same = await source.stat().then((stats) => sameFingerprint(fingerprintOf(stats), task.expected));
  if (same) return source;
  await source.close();
  throw changedOnDisk(task.source);
}

async function assertUnchanged(task: SaveTask, fs: SaveFs): Promise<void> {
  const now = fingerprintOf(await fs.stat(task.source));
  if (!sameFingerprint(now, task.expected)) throw changedOnDisk(task.source);
}

export function changedOnDisk(path: string): AppError {
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

async function copySpliced(
  source: SaveHandle,
  out: SaveHandle,
  size: number,
  splices: readonly Splice[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(bufferBytes, Math.max(size, 1)));
  let written = 0;
  const writeAll = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length; ) {
      const rest = bytes.subarray(done);
      const count = await out.write(rest, rest.length, written);
      done += count;
      written += count;
    }
  };
  const copy = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; ) {
      throwIfAborted(signal);
      const got = await source.read(buffer, Math.min(buffer.length, to - at), at);
      if (got === 0)
        throw new AppError('file-changed-on-disk', 'The file became shorter while it was saved.');
      await writeAll(buffer.subarray(0, got));
      at += got;
    }
  };
  let at = 0;
  for (const splice of splices) {
    await copy(at, splice.start);
    await writeAll(splice.bytes);
    at = splice.start + splice.length;
  }
  await copy(at, size);
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
