import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { runChild } from '../../../../src/services/environment/child-process.ts';
import { isAlive } from '../../../../src/services/files/is-alive.ts';

/** A program that ends at once and leaves a process that holds its output; that one's pid is its first line. */
const leavesOne = ['-c', 'sleep 60 & echo $!; exit 3'];
const env = { PATH: process.env.PATH ?? '' };

/** Until it has ended; who takes up the end of an orphan may be slow, and it is a zombie till then. */
async function gone(pid: number): Promise<void> {
  const state = async () => (await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')).split(') ')[1];
  while (!/^Z|^$/.test((await state()) ?? '')) await delay(20);
}

function endAfterwards(pid: number): void {
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
}

test('a program that left somebody with its output open has ended, and so does what it left', async () => {
  let pid = 0;
  const onLine = (line: string) => {
    pid = Number(line);
    endAfterwards(pid);
  };
  const result = await runChild('/bin/sh', leavesOne, { env, onLine });
  expect(result).toMatchObject({ code: 3, timedOut: false });
  await gone(pid);
});

test('an abort reaches those whose first process has ended', async () => {
  let pid = 0;
  const controller = new AbortController();
  const onLine = (line: string) => {
    pid = Number(line);
    endAfterwards(pid);
    setTimeout(() => controller.abort(), 200);
  };
  const began = Date.now();
  const run = runChild('/bin/sh', leavesOne, { env, onLine, signal: controller.signal });
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  expect(Date.now() - began).toBeLessThan(2500);
  await gone(pid);
});
