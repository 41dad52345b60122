import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readStatus } from '../../../../src/services/run/evidence.ts';
import { resumeRun, startRun, stopRun } from '../../../../src/services/run/launch.ts';
import { runIds } from '../../../../src/services/run/run-folder.ts';
import { stubWorkspace } from './stub-workspace.ts';

test('a start is called off while Python is still importing: its process has ended before its folder goes', async () => {
  const { host, runs, folder, spec, file } = await stubWorkspace();
  const pidFile = join(folder, 'pid');
  const slow = await file(
    'python',
    `#!/bin/sh\ncase "$*" in *supervise*) echo $$ > ${pidFile}; exec sleep 60 ;; esac\nexec ${host.settings.interpreters.trl} "$@"\n`,
  );
  await chmod(slow, 0o755);
  const controller = new AbortController();
  const settings = { ...host.settings, interpreters: { trl: slow } };
  const start = startRun(
    await spec({}),
    { host: { ...host, settings }, trusted: true },
    controller.signal,
  ).catch((error: { code?: string }) => error.code);
  let pid = 0;
  while (!pid) {
    pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    await delay(20);
  }
  controller.abort();
  expect(await start).toBe('cancelled');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await runIds(runs)).toEqual([]);
});

test('a resume that reads a large checkpoint is supervised, runs, and can be called off', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const path = await spec({ max_steps: 400, trainer_args: { stub_step_s: 0.03 } });
  const { folder } = await startRun(path, { host, trusted: true });
  await stopRun(folder, { save: true });
  await ended(folder);
  const checkpoint = join(folder, 'checkpoints', 'checkpoint-999');
  await mkdir(checkpoint);
  // Opening it waits for a writer, as reading 36 GB waits for a disk.
  execFileSync('mkfifo', [join(checkpoint, 'weights')]);
  const manifest = {
    version: 1,
    step: 999,
    resumable: true,
    files: [{ name: 'weights', bytes: 0, sha256: '' }],
  };
  await writeFile(join(checkpoint, 'coldstart-manifest.json'), JSON.stringify(manifest));
  const controller = new AbortController();
  const resume = resumeRun(folder, { host, trusted: true }, controller.signal).catch(
    (error: { code?: string }) => error.code,
  );
  while ((await readStatus(folder)).kind !== 'running') await delay(30);
  controller.abort();
  expect(await resume).toBe('cancelled');
  expect(await readStatus(folder)).toEqual({ kind: 'stopped', resumable: true });
});
