import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { fileError } from '../files/file-errors.ts';
import { takeLock } from '../files/lock-file.ts';
import { chooseWay } from './ways.ts';

/** Written last, when an environment is complete. */
export const stampName = 'coldstart-environment.json';
/** What pip said, from the first install on. */
export const logName = 'coldstart-install.log';

/** Longer than the slowest download; a process that got the number of a killed creator holds nothing up for ever. */
const staleLockMs = 24 * 3600_000;

/** What Python itself puts into a new virtual environment. */
const fresh = /^(pip|setuptools|pkg_resources|wheel|_distutils_hack|distutils-precedence|__pycache__)\b/;

/** AppError file-exists for a folder with files of others: an environment is made in its place, whole. */
export async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length === 0 || names.includes(stampName) || names.includes(logName)) return;
  const isVenv = names.includes('pyvenv.cfg');
  // A try that was interrupted before its first install left one in which nothing is installed.
  if (isVenv && (await packagesIn(folder)).every((name) => fresh.test(name))) return;
  throw new AppError(
    'file-exists',
    isVenv
      ? `${folder} is a virtual environment that Coldstart did not make.`
      : `${folder} holds other files.`,
    isVenv
      ? `Choose an empty folder, or use that environment as it is: ${chooseWay}`
      : 'Choose an empty folder for the environment, with --dir or the setting coldstart.environments.folder.',
  );
}

async function packagesIn(folder: string): Promise<string[]> {
  const list = (path: string) => readdir(path).catch((): string[] => []);
  const versions = (await list(join(folder, 'lib'))).map((name) => join('lib', name));
  const places = [...versions, 'Lib'].map((place) => list(join(folder, place, 'site-packages')));
  return (await Promise.all(places)).flat();
}

/** One creator at a time; a lock whose process is gone is taken over. Gives what releases it. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true });
    const lock = await takeLock(`${folder}.lock`, staleLockMs);
    if (lock.kind === 'taken') return lock.release;
    throw new AppError(
      'install-failed',
      lock.by === process.pid
        ? `${folder} is being created already.`
        : `${folder} is being created by another process (${lock.by}).`,
      'Wait for it to end, or end it.',
    );
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
}
