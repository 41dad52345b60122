import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { lockFolder } from '../../../../src/services/environment/environment-folder.ts';
import { isAlive } from '../../../../src/services/files/is-alive.ts';
import { takeLock } from '../../../../src/services/files/lock-file.ts';

const dead = 2 ** 22 + 1; // above pid_max
const hour = 3600_000;

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.each<[string, string, number, 'taken' | 'held']>([
  ['a living owner', `${process.ppid} x`, 0, 'held'],
  ['ourselves', `${process.pid} x`, 0, 'held'],
  ['a lock of an older version', `${process.ppid}`, 0, 'held'],
  ['an owner that is gone', `${dead} x`, 0, 'taken'],
  ['an old lock', `${process.ppid} x`, 2 * hour, 'taken'],
  ['an owner that has not said who it is', '', 0, 'held'],
  ['one that never did', '', 60_000, 'taken'],
])('a lock is taken over only from nobody: %s', async (_, text, ageMs, kind) => {
  const path = join(await temporary(), 'lock');
  await writeFile(path, text);
  const when = (Date.now() - ageMs) / 1000;
  await utimes(path, when, when);
  const lock = await takeLock(path, hour);
  expect(lock.kind).toBe(kind);
  if (lock.kind === 'held') return expect(await readFile(path, 'utf8')).toBe(text);
  await lock.release();
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('of many that want a lock at once one gets it, and what it took over is gone', async () => {
  const folder = await temporary();
  const path = join(folder, 'lock');
  await writeFile(path, String(dead));
  const locks = await Promise.all(Array.from({ length: 20 }, () => takeLock(path, hour)));
  const taken = locks.filter((lock) => lock.kind === 'taken');
  expect(taken.length).toBe(1);
  await taken[0]?.release();
  expect(await readdir(folder)).toEqual([]);
});

test('a second creation of an environment in the same window is refused, the next one after it not', async () => {
  const folder = join(await temporary(), 'trl');
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'install-failed' });
  await release();
  await (await lockFolder(folder))();
});

test('a process of somebody else lives', () => {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(), { code: 'EPERM' });
  });
  onTestFinished(() => kill.mockRestore());
  expect(isAlive(1)).toBe(true);
});
