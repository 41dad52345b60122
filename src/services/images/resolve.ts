import { constants, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { ImageStatus } from '../dataset/views.ts';
import { errorCode } from '../files/file-errors.ts';
import { type ImageHeader, readImageHead } from './header.ts';

/** Pictures above this many bytes are not opened. */
export const maxImageBytes = 20 * 1024 * 1024;

export interface Refusal {
  readonly status: Exclude<ImageStatus, 'ready'>;
  readonly message: string;
}

export type ResolvedImage =
  | { readonly status: 'ready'; readonly path: string; readonly bytes: Buffer }
  | Refusal;

/** Format and size of the picture at a real path, or why it is none. */
export type ImageHead =
  | { readonly status: 'ready'; readonly path: string; readonly header: ImageHeader }
  | Refusal;

const scheme = /^[a-z][a-z0-9+.-]+:/i;
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Why an image path must not even be looked at (by name alone, before any call to the disk), or null. Touching a UNC
 * path gives a Windows password hash away, and a device never ends.
 */
export function refusedByName(source: string): Refusal | null {
  const outside = (message: string): Refusal => ({ status: 'outside', message });
  if (source.includes('\0')) return { status: 'unreadable', message: 'The path has a NUL character.' };
  if (/^[\\/]{2}/.test(source)) return outside('A network path (UNC) is never opened.');
  if (/^[a-z]:/i.test(source))
    return outside('A path with a drive letter is not opened; name it relative to the file.');
  if (/^file:/i.test(source))
    return outside('A file: address is not opened; name the path relative to the file.');
  if (scheme.test(source))
    return { status: 'remote', message: 'The image is elsewhere; nothing is fetched unasked.' };
  if (
    process.platform === 'win32' &&
    source.split(/[\\/]/).some((part) => part.includes(':') || deviceName.test(part))
  )
    return outside('The path names a device or a stream.');
  return null;
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/**
 * Opens the image that `source` names, looked for in `folders` (the dataset's own first, then the person's image
 * roots), and reads it whole. Only regular files up to 20 MB inside one of the folders, after links, are read.
 */
export function resolveImage(source: string, folders: readonly string[]): Promise<ResolvedImage> {
  return resolveWith(source, folders, async (handle, path, size) => {
    const bytes = await readRange(handle, 0, size);
    return { status: 'ready', path, bytes };
  });
}

/** As `resolveImage`, but of a picture only its beginning and its last bytes are read. */
export function resolveImageHead(source: string, folders: readonly string[]): Promise<ImageHead> {
  return resolveWith(source, folders, async (handle, path, size) => {
    const header = await readImageHead((offset, length) => readRange(handle, offset, length), size);
    return { status: 'ready', path, header };
  });
}

async function readRange(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}

/** Where a picture that may be read lies, by name, containment and kind of file alone: it is not opened. */
export type FoundImage = { readonly status: 'ready'; readonly path: string } | Refusal;

/** The folders as they are after links, for `findImage` and `findImageSync`. */
export function realFolders(folders: readonly string[]): string[] {
  return folders.map((folder) => {
    try {
      return realpathSync.native(folder);
    } catch {
      return resolve(folder);
    }
  });
}

/** Says what `resolveImage` would, but for what only an open file can tell; `roots` are the `realFolders` of `folders`. */
export async function findImage(
  source: string,
  folders: readonly string[],
  roots: readonly string[],
): Promise<FoundImage> {
  const places = placesOf(source, folders);
  if (!Array.isArray(places)) return places;
  let answer: Refusal | null = null;
  for (const place of places) {
    const found = await realpath(place).then(
      async (real) => judged(source, real, roots, await stat(real)),
      (error: unknown) => whyNot(error, source),
    );
    if (found.status === 'ready') return found;
    if (!answer || answer.status === 'missing') answer = found;
  }
  return answer ?? outsideOf(source);
}

/** `findImage` for scanning threads. */
export function findImageSync(
  source: string,
  folders: readonly string[],
  roots: readonly string[],
): FoundImage {
  const places = placesOf(source, folders);
  if (!Array.isArray(places)) return places;
  let answer: Refusal | null = null;
  for (const place of places) {
    let found: FoundImage;
    try {
      const real = realpathSync.native(place);
      found = judged(source, real, roots, statSync(real));
    } catch (error) {
      found = whyNot(error, source);
    }
    if (found.status === 'ready') return found;
    if (!answer || answer.status === 'missing') answer = found;
  }
  return answer ?? outsideOf(source);
}

function judged(source: string, real: string, roots: readonly string[], stats: Stats): FoundImage {
  if (!roots.some((root) => isInside(real, root))) return outsideOf(source);
  if (!stats.isFile()) return notRegular(source);
  return stats.size > maxImageBytes ? tooLarge(source, stats.size) : { status: 'ready', path: real };
}

/** The paths that a name may stand for, each inside a folder before links are followed; or why there is none. */
function placesOf(source: string, folders: readonly string[]): string[] | Refusal {
  const refused = refusedByName(source);
  if (refused) return refused;
  const places = folders.map((folder) => resolve(folder, source));
  const allowed = places.filter((place) => folders.some((folder) => isInside(place, folder)));
  return allowed.length === 0 ? outsideOf(source) : [...new Set(allowed)];
}

type Reader<Found> = (handle: FileHandle, path: string, size: number) => Promise<Found>;

async function resolveWith<Found extends { readonly status: 'ready' }>(
  source: string,
  folders: readonly string[],
  reader: Reader<Found>,
): Promise<Found | Refusal> {
  const places = placesOf(source, folders);
  if (!Array.isArray(places)) return places;
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => resolve(folder))));
  let answer: Refusal | null = null;
  for (const place of places) {
    const found = await readInside(place, source, roots, reader);
    if (found.status === 'ready') return found;
    if (!answer || answer.status === 'missing') answer = found;
  }
  return answer ?? outsideOf(source);
}

function outsideOf(source: string): Refusal {
  return {
    status: 'outside',
    message: `${source} lies outside the dataset's folder; add its folder to the setting coldstart.imageRoots, or with --image-root on the command line.`,
  };
}

function notRegular(source: string): Refusal {
  return { status: 'unreadable', message: `${source} is not a regular file.` };
}

function tooLarge(source: string, bytes: number): Refusal {
  return {
    status: 'too-large',
    message: `${source} has ${Math.round(bytes / 1e6)} MB; at most 20 MB are read.`,
  };
}

async function readInside<Found>(
  place: string,
  source: string,
  roots: readonly string[],
  reader: Reader<Found>,
): Promise<Found | Refusal> {
  let handle: FileHandle | undefined;
  try {
    const real = await realpath(place);
    if (!roots.some((root) => isInside(real, root))) return outsideOf(source);
    // Opening a pipe lets its writer go on, and opening a device may do anything.
    if (!(await stat(real)).isFile()) return notRegular(source);
    handle = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    if (!stats.isFile()) return notRegular(source);
    if (stats.size > maxImageBytes) return tooLarge(source, stats.size);
    // A folder of the path may have become a link between the check and the open: ask the kernel what was opened.
    const opened = process.platform === 'linux' ? await realpath(`/proc/self/fd/${handle.fd}`) : real;
    if (!roots.some((root) => isInside(opened, root))) return outsideOf(source);
    return await reader(handle, real, stats.size);
  } catch (error) {
    return whyNot(error, source);
  } finally {
    await handle?.close();
  }
}

function whyNot(error: unknown, source: string): Refusal {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { status: 'missing', message: `There is no file ${source}.` };
    case 'ELOOP':
      return { status: 'unreadable', message: `${source} is a link that leads nowhere.` };
    case 'EACCES':
    case 'EPERM':
      return { status: 'unreadable', message: `No permission to read ${source}.` };
    case 'ENAMETOOLONG':
      return { status: 'missing', message: 'The path is too long for a file name.' };
    default:
      return {
        status: 'unreadable',
        message: `Could not read ${source}: ${error instanceof Error ? error.message : String(error)}.`,
      };
  }
}
