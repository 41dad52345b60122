import { appendFileSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import { readStatus } from '../../../../src/services/run/evidence.ts';
import { resumeRun, startRun, stopRun } from '../../../../src/services/run/launch.ts';
import { prepareRun } from '../../../../src/services/run/prepare.ts';
import { deleteRun, listRuns, sweepLeftovers } from '../../../../src/services/run/run-folder.ts';
import { runFolderError } from '../../../../src/services/run/run-folder-error.ts';
import { RunSource } from '../../../../src/services/run/run-source.ts';
import { pixel, stubWorkspace } from './stub-workspace.ts';

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code ?? String(error),
  );

test('what cannot start says so and leaves nothing behind', async () => {
  const { host, runs, folder: workspace, spec, file } = await stubWorkspace();
  const start = async (changes: Parameters<typeof spec>[0], trusted = true) =>
    code(startRun(await spec(changes), { host, trusted }));
  expect(await start({}, false)).toBe('workspace-untrusted');
  expect(await start({ dataset: { path: 'dataset.jsonl', rows: 'kept' } })).toBe('selection-empty');
  expect(await start({ dataset: { path: 'dataset.jsonl', filter: 'verdict:(' } })).toBe('filter-invalid');
  expect(await start({ dataset: { path: 'gone.jsonl' } })).toBe('file-not-found');
  expect(await start({ model: './gone' })).toBe('model-not-found');
  expect(await start({ model: 'run:gone' })).toBe('run-not-found');
  expect(await start({ rewards: [{ name: 'mine', file: 'gone.py:reward' }] })).toBe('reward-invalid');
  await file('broken.jsonl', '{"problem":"<image>x","answer":"1","images":["gone.png"]}\n');
  expect(await start({ dataset: { path: 'broken.jsonl' } })).toBe('image-refused');
  const environment = { ...host, settings: { ...host.settings, interpreters: {} } };
  expect(await code(startRun(await spec({}), { host: environment, trusted: true }))).toBe(
    'environment-incomplete',
  );
  const talks = await file('talks', '#!/bin/sh\necho "{\'torch\': 1}"\n');
  await chmod(talks, 0o755);
  const talking = { ...host, settings: { ...host.settings, interpreters: { trl: talks } } };
  expect(await code(startRun(await spec({}), { host: talking, trusted: true }))).toBe(
    'environment-incomplete',
  );
  const named = async (name: string) => code(startRun(await spec({}), { host, trusted: true, name }));
  for (const name of ['', 'x'.repeat(121), 'two\nlines'])
    expect(await named(name), name).toBe('spec-invalid');
  const away = { ...host, settings: { ...host.settings, runsFolder: join(workspace, 'dataset.jsonl/runs') } };
  expect(await code(startRun(await spec({}), { host: away, trusted: true }))).toBe('file-unreadable');
  const check = () => Promise.reject(new AppError('spec-invalid', 'no'));
  expect(await code(startRun(await spec({}), { host, trusted: true, check }))).toBe('spec-invalid');
  expect(await listRuns(runs)).toEqual([]);
  expect(await readdir(runs)).toEqual([]);
});

test('of a large image only the head is read when a run is prepared', {
  skip: process.platform !== 'linux',
}, async () => {
  const { host, folder: into, spec, file } = await stubWorkspace();
  // A chunk of 16 MB stands between the head and the end of the PNG.
  const text = Buffer.alloc(16 << 20);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const chunk = Buffer.concat([length, Buffer.from('tEXt'), text, Buffer.alloc(4)]);
  const path = await file('big.png', Buffer.concat([pixel.subarray(0, -12), chunk, pixel.subarray(-12)]));
  const rows = Array.from({ length: 20 }, () => '{"problem":"<image>x","answer":"1","images":["big.png"]}\n');
  await file('big.jsonl', rows.join(''));
  const readBytes = () => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const before = readBytes();
  const { inputs, folder } = await prepareRun(await spec({ dataset: { path: 'big.jsonl' } }), { host, into });
  expect(inputs.train).toMatchObject({ selected: 20, refused: [] });
  expect(readBytes() - before).toBeLessThan(8 << 20);
  const written = (await readFile(join(folder, 'inputs/train.jsonl'), 'utf8')).trim().split('\n');
  expect(written.map((line) => JSON.parse(line).images)).toEqual(rows.map(() => [path]));
});

test('what a crash left of a preparation or a deletion goes a day later, and nothing else', async () => {
  const { runs } = await stubWorkspace();
  const id = '20261122-213154-sft-3a35';
  const kept = [id, '.starting-abc', '.preparing-mine', `.preparing-${id}x`, `x.deleted-${id}`];
  for (const name of [...kept, `.preparing-${id}`, `.checking-${id}`, `.deleted-${id}`])
    await mkdir(join(runs, name, 'inputs'), { recursive: true });
  await sweepLeftovers(runs);
  expect(await readdir(runs)).toHaveLength(kept.length + 3);
  await sweepLeftovers(runs, Date.now() + 25 * 3600_000);
  expect((await readdir(runs)).sort()).toEqual([...kept].sort());
  await sweepLeftovers(join(runs, 'gone'));
});

test('a dataset that changes while its rows are selected starts nothing', async () => {
  const { host, runs, spec, file } = await stubWorkspace();
  const rows = Array.from({ length: 600 }, (_, index) => `{"problem":"q${index}","answer":"1"}\n`).join('');
  const path = await file('many.jsonl', rows);
  const report = (message: string) => {
    if (message === '500 rows selected') appendFileSync(path, '{"problem":"late","answer":"1"}\n');
  };
  const start = startRun(await spec({ dataset: { path: 'many.jsonl' } }), {
    host: { ...host, progress: { report } },
    trusted: true,
  });
  await expect(start).rejects.toMatchObject({ code: 'file-changed-on-disk' });
  expect(await readdir(runs)).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe(`${rows}{"problem":"late","answer":"1"}\n`);
});

const hostile = ['--flag', '../x', `'"`, '$(id)', '; rm -rf .', 'run:last@3', '名前', ' ', 'x'.repeat(120)];

test('a name is a label: it names no file, no option and no command', async () => {
  const { host, runs, folder: workspace, spec, ended } = await stubWorkspace();
  const before = await readdir(workspace);
  for (const name of hostile) {
    const path = await spec({ max_steps: 1 });
    const { folder, run } = await startRun(path, { host, trusted: true, name });
    expect(folder).toBe(join(runs, run));
    await ended(folder);
    expect(
      (await RunSource.open(folder, host).then((source) => source.dispose().then(() => source.view()))).name,
    ).toBe(name);
    expect(await readStatus(folder)).toEqual({ kind: 'completed' });
  }
  expect((await listRuns(runs)).map(({ name }) => name).sort()).toEqual([...hostile].sort());
  expect((await readdir(workspace)).filter((name) => !before.includes(name))).toEqual([
    '.coldstart',
    'stub.run.json',
  ]);
});

test('a run whose supervisor is killed is unsupervised, ends by itself and can be resumed', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const path = await spec({ max_steps: 30, save_steps: 2, trainer_args: { stub_step_s: 0.05 } });
  const { folder } = await startRun(path, { host, trusted: true });
  const { supervisor } = JSON.parse(await readFile(join(folder, 'proc.json'), 'utf8'));
  process.kill(supervisor.pid, 'SIGKILL');
  while ((await readStatus(folder)).kind === 'running') await delay(20);
  expect(await readStatus(folder)).toEqual({ kind: 'unsupervised' });
  await resumeRun(folder, { host, trusted: true });
  expect(await readStatus(folder)).toMatchObject({ kind: 'running' });
  await ended(folder);
  expect(await readStatus(folder)).toEqual({ kind: 'completed' });
});

test('a run that is discarded while it loads leaves nothing to resume, and says so', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const path = await spec({ max_steps: 400, save_steps: 1000, trainer_args: { stub_step_s: 0.3 } });
  const { folder } = await startRun(path, { host, trusted: true });
  await stopRun(folder, { save: false });
  await ended(folder);
  expect(await readStatus(folder)).toEqual({ kind: 'stopped', resumable: false });
  await expect(resumeRun(folder, { host, trusted: true })).rejects.toMatchObject({
    code: 'run-not-resumable',
    hint: expect.stringContaining('coldstart run start '),
  });
  await expect(resumeRun(folder, { host, trusted: false })).rejects.toMatchObject({
    code: 'workspace-untrusted',
  });
  await deleteRun(folder);
});

test('what a run folder refuses to take says where else runs can be kept', () => {
  const check = (errno: string, code: string) =>
    expect(runFolderError(Object.assign(new Error(errno), { code: errno }), '/runs')).toMatchObject({
      code,
      message: expect.stringContaining('/runs'),
      hint: expect.stringContaining('--runs'),
    });
  check('ENOSPC', 'disk-full');
  check('EROFS', 'file-unreadable');
  check('EACCES', 'file-unreadable');
  check('ENOTDIR', 'file-unreadable');
  check('ENOENT', 'file-not-found');
});
