import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { evaluateModel } from '../../../../src/services/run/evaluate.ts';
import { readStatus } from '../../../../src/services/run/evidence.ts';
import { activeRunOf, resumeRun, startRun, stopRun } from '../../../../src/services/run/launch.ts';
import { resolveModel } from '../../../../src/services/run/resolve-spec.ts';
import { rolloutsForTrace } from '../../../../src/services/run/rollouts-by-trace.ts';
import { deleteRun, findRun, listRuns } from '../../../../src/services/run/run-folder.ts';
import { RunSource } from '../../../../src/services/run/run-source.ts';
import { RunsWatcher } from '../../../../src/services/run/runs-watcher.ts';
import { stubWorkspace } from './stub-workspace.ts';

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code ?? String(error),
  );

test('a run goes from its spec to rollouts that can be read', async () => {
  const { host, runs, spec, ended, folder: workspace } = await stubWorkspace();
  const { folder, run } = await startRun(await spec({}), { host, trusted: true });
  await ended(folder);
  expect(await readFile(join(workspace, '.coldstart/.gitignore'), 'utf8')).toBe('runs/\n');
  expect(await listRuns(runs)).toMatchObject([
    {
      id: run,
      name: 'stub',
      stage: 'grpo',
      step: 3,
      maxSteps: 3,
      status: { kind: 'completed' },
      headline: { metric: 'reward', value: 0.3 },
    },
  ]);
  for (const reference of [run, run.slice(0, 17), 'stub', 'last', folder])
    expect(await findRun(runs, reference)).toBe(folder);

  const source = await RunSource.open(folder, host);
  const view = source.view();
  expect(view).toMatchObject({
    id: run,
    status: { kind: 'completed' },
    step: 3,
    groupSize: 4,
    rolloutSteps: [1, 2, 3],
    metrics: ['reward', 'loss'],
    totals: { tokens: 10, rollouts: 24 },
    droppedEvents: 0,
  });
  expect(view.checkpoints.map(({ step, kind }) => [step, kind])).toEqual([
    [2, 'periodic'],
    [3, 'final'],
  ]);
  expect(source.metricsRead({ names: ['reward'], points: 100 }).series).toMatchObject([
    { name: 'reward', split: 'train', steps: [1, 2, 3], values: [0.1, 0.2, 0.3] },
  ]);
  const page = await source.groupsRead({ step: 2, order: 'file', search: '', offset: 0, count: 10 });
  expect(page).toMatchObject({
    total: 2,
    matched: 2,
    groups: [{ group: 0, traceId: 't0', mean: 0.5, spread: 1, images: 1 }, {}],
  });
  const found = await source.groupsRead({
    step: 2,
    order: 'best',
    search: 'trace:t1 verdict:correct',
    offset: 0,
    count: 10,
  });
  expect(found.groups.map(({ traceId }) => traceId)).toEqual(['t1']);
  const group = await source.groupRead(2, 1);
  expect(group.turns).toEqual([{ role: 'user', text: '<image>What is 1 + 1?' }]);
  expect(group.rollouts.map(({ index, reward, verdict }) => [index, reward, verdict?.state])).toEqual([
    [0, 1, 'correct'],
    [2, 1, 'correct'],
    [1, 0, 'incorrect'],
    [3, 0, 'incorrect'],
  ]);
  expect(group.images).toMatchObject([{ status: 'ready', width: 1, height: 1 }]);
  expect(await source.imageRead(2, 1, 0, 'full')).toMatchObject({ status: 'ready', mime: 'image/png' });
  expect(await source.logRead('stdout')).toEqual({ text: 'training 4 rows\n', truncated: false });
  expect((await source.logRead('stderr')).text).toContain('a warning');
  expect((await source.logRead('stderr')).text).not.toContain('\x1b');
  await source.dispose();

  const links = await rolloutsForTrace(runs, {
    source: join(workspace, 'dataset.jsonl'),
    id: 't1',
    index: 1,
  });
  expect(links.length).toBe(12);
  expect(links[0]).toMatchObject({ run, step: 3, group: 1, verdict: 'incorrect' });

  expect(await resolveModel('run:stub', workspace, runs)).toEqual({
    given: 'run:stub',
    path: join(folder, 'checkpoints/checkpoint-3'),
  });
  expect(await resolveModel('run:stub@2', workspace, runs)).toMatchObject({
    path: join(folder, 'checkpoints/checkpoint-2'),
  });
  expect(await code(resolveModel('run:stub@1', workspace, runs))).toBe('model-not-found');
  expect(await code(resumeRun(folder, { host, trusted: true }))).toBe('run-not-resumable');
  expect(await code(stopRun(folder, { save: true }))).toBe('run-not-active');
  await deleteRun(folder);
  expect(await listRuns(runs)).toEqual([]);
});

test('a run is stopped with a checkpoint, resumed, and its curves go on', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const path = await spec({ max_steps: 400, save_steps: 1000, trainer_args: { stub_step_s: 0.03 } });
  const { folder } = await startRun(path, { host, trusted: true });
  const source = await RunSource.open(folder, host);
  const advanced: number[] = [];
  source.onAdvance((seq) => advanced.push(seq));
  expect(await code(startRun(path, { host, trusted: true }))).toBe('run-already-active');
  expect(await activeRunOf(host.settings.runsFolder, path)).toBe(folder);
  expect(await activeRunOf(host.settings.runsFolder, `${path}.other`)).toBe(null);
  expect(await code(resumeRun(folder, { host, trusted: true }))).toBe('run-already-active');
  expect(await code(deleteRun(folder))).toBe('run-already-active');
  while (source.view().step < 5) await delay(30);
  expect(source.view().status).toMatchObject({ kind: 'running' });
  await stopRun(folder, { save: true });
  await ended(folder);
  await source.refresh();
  expect(source.view().status).toEqual({ kind: 'stopped', resumable: true });
  expect(await activeRunOf(host.settings.runsFolder, path)).toBe(null);
  const stoppedAt = source.view().step;
  expect(source.view().checkpoints).toMatchObject([{ step: stoppedAt, kind: 'interrupt' }]);
  expect(advanced.length).toBeGreaterThan(1);

  await resumeRun(folder, { host, trusted: true });
  while (source.view().step < stoppedAt + 3) await delay(30);
  await stopRun(folder, { save: false });
  await ended(folder);
  await source.refresh();
  const view = source.view();
  expect(view.restarts).toEqual([
    { restart: 0, fromStep: 0 },
    { restart: 1, fromStep: stoppedAt },
  ]);
  const [series] = source.metricsRead({ names: ['reward'], points: 1000 }).series;
  expect(series?.steps).toEqual(Array.from({ length: view.step }, (_, index) => index + 1));
  expect(view.droppedEvents).toBe(0);
  await source.dispose();
});

test('a run whose folder is deleted while it is shown is missing, and nothing breaks', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const { folder } = await startRun(await spec({}), { host, trusted: true });
  await ended(folder);
  const source = await RunSource.open(folder, host);
  await rm(folder, { recursive: true });
  await source.refresh();
  expect(source.view()).toMatchObject({ status: { kind: 'missing' }, step: 3, checkpoints: [] });
  expect(await code(source.groupRead(2, 0))).toBe('file-not-found');
  expect(await source.logRead('stdout')).toEqual({ text: '', truncated: false });
  await source.dispose();
  expect(await code(RunSource.open(folder, host))).toBe('run-not-found');
});

test('a failing run keeps its folder and says why', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const { folder } = await startRun(await spec({ trainer_args: { stub_fail_at: 3 } }), {
    host,
    trusted: true,
  });
  await ended(folder);
  expect(await readStatus(folder)).toMatchObject({
    kind: 'failed',
    resumable: true,
    error: { type: 'ValueError', message: 'told to fail', hint: 'Do not tell it to.' },
  });
});

test('a trainer that is killed died without a record of its own, and can be resumed', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const { folder } = await startRun(await spec({ trainer_args: { stub_die_at: 3 } }), {
    host,
    trusted: true,
  });
  await ended(folder);
  const status = await readStatus(folder);
  expect(status).toMatchObject({ kind: 'died', resumable: true });
  expect(status.kind === 'died' ? status.reason : '').toContain('SIGKILL');
});

test('of two starts of one spec at the same moment one wins', async () => {
  const { host, runs, spec } = await stubWorkspace();
  const path = await spec({ max_steps: 400, trainer_args: { stub_step_s: 0.05 } });
  const outcomes = await Promise.all([1, 2, 3].map(() => code(startRun(path, { host, trusted: true }))));
  expect(outcomes.sort()).toEqual(['no error', 'run-already-active', 'run-already-active']);
  expect((await listRuns(runs)).length).toBe(1);
  expect(await code(startRun(path, { host, trusted: true, force: true }))).toBe('no error');
});

test('a watched list of runs follows their states', async () => {
  const { host, runs, spec, ended } = await stubWorkspace();
  const watcher = new RunsWatcher(runs, host.log);
  const { folder } = await startRun(await spec({}), { host, trusted: true });
  await ended(folder);
  await watcher.refresh();
  expect(watcher.runs.map(({ status }) => status.kind)).toEqual(['completed']);
  await writeFile(join(folder, 'events.jsonl'), '');
  await watcher.refresh();
  expect(watcher.runs[0]?.headline).toBeNull();
  watcher.dispose();
});

test('an evaluation grades as the editor does, with intervals and kinds of rows', async () => {
  const { host, file, folder } = await stubWorkspace();
  const out = join(folder, 'out.jsonl');
  const dataset = join(folder, 'dataset.jsonl');
  await file('model', '').then(() => undefined);
  const record = await evaluateModel({ host, trusted: true, model: 'org/tiny', dataset, out });
  expect(record).toMatchObject({
    n: 4,
    correct: 2,
    accuracy: 0.5,
    unparsed: 0,
    by: { 'kind:small': { n: 2, correct: 1 }, 'kind:large': { n: 2 } },
  });
  expect(record.low).toBeCloseTo(0.15, 2);
  expect((await readFile(out, 'utf8')).trim().split('\n').length).toBe(4);
  expect(await code(evaluateModel({ host, trusted: true, model: 'org/tiny', dataset, out }))).toBe(
    'file-exists',
  );
  expect(await code(evaluateModel({ host, trusted: false, model: 'org/tiny', dataset }))).toBe(
    'workspace-untrusted',
  );
  expect(await stat(out)).toBeTruthy();
});
