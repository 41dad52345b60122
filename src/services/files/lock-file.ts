import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { errorCode } from './file-errors.ts';
import { isAlive } from './is-alive.ts';

/** A lock of ours until it is released, or the process that holds it; 0 when that has not said so yet. */
export type Lock =
  | { readonly kind: 'taken'; readonly release: () => Promise<void> }
  | { readonly kind: 'held'; readonly by: number };

/** Creating the file and writing one line into it takes no longer. */
const namelessMs = 10_000;

/**
 * Takes a lock file, one owner at a time, two parts of one process included. A lock is taken over when its process is
 * gone or it is older than `staleMs`. The system's error when the file cannot be written.
 */
export async function takeLock(path: string, staleMs: number): Promise<Lock> {
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}`;
  for (let tries = 0; ; tries++) {
    if (await create(path, mine)) return { kind: 'taken', release: () => release(path, mine) };
    if (tries > 0 || !(await isStale(path, staleMs))) return { kind: 'held', by: ownerIn(await read(path)) };
    await removeStale(path, staleMs);
  }
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
const ownerIn = (text: string): number => Number.parseInt(text, 10) || 0;

async function release(path: string, mine: string): Promise<void> {
  if ((await read(path)) === mine) await rm(path, { force: true });
}

async function create(path: string, text: string): Promise<boolean> {
  const handle = await open(path, 'wx').catch((error: unknown) => {
    if (errorCode(error) === 'EEXIST') return null;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(text);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (!facts) return true;
  const age = Date.now() - facts.mtimeMs;
  const owner = ownerIn(await read(path));
  return owner === 0 ? age > namelessMs : age > staleMs || !isAlive(owner);
}

/** Removes a stale lock, one remover at a time: the lock of another who was quicker must not go with it. */
async function removeStale(path: string, staleMs: number): Promise<void> {
  const guard = `${path}.stale`;
  if (!(await create(guard, String(process.pid)))) {
    // Its remover was killed; whoever comes next tries again.
    if (await isStale(guard, namelessMs)) await rm(guard, { force: true });
    return;
  }
  try {
    if (await isStale(path, staleMs)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
