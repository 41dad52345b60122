import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ComparedRuns } from '../../../../src/services/run/compared-runs.ts';
import { startRun } from '../../../../src/services/run/launch.ts';
import { stubWorkspace } from './stub-workspace.ts';

test('runs are read by id, in the order asked for, with their series by step and by time', async () => {
  const { host, runs, spec, ended } = await stubWorkspace();
  const start = async (name: string) => {
    const { folder } = await startRun(await spec({ name }, `${name}.run.json`), { host, trusted: true });
    await ended(folder);
    return folder;
  };
  const [one, two] = [await start('one'), await start('two')];
  const ids = [basename(two), basename(one)];
  const compared = new ComparedRuns(runs, host, () => undefined);
  onTestFinished(() => compared.dispose());
  const found = await compared.read([...ids, '../..', '20200101-000000-sft-dead']);
  expect(found.runs.map(({ name, step, metrics }) => [name, step, metrics])).toEqual([
    ['two', 3, ['reward', 'loss']],
    ['one', 3, ['reward', 'loss']],
  ]);
  expect(found.gone).toEqual(['../..', '20200101-000000-sft-dead']);

  const read = (id: string, range: object = {}) =>
    compared.metricsRead(id, { names: ['reward'], points: 100, ...range });
  const [series] = (await read(basename(one))).series;
  expect(series).toMatchObject({ steps: [1, 2, 3], values: [0.1, 0.2, 0.3] });
  expect(series?.seconds).toEqual([...(series?.seconds ?? [])].sort((a, b) => a - b));
  const [none] = (await read(basename(one), { axis: 'time', from: 3600 })).series;
  expect(none?.steps).toEqual([]);
  const [all] = (await read(basename(one), { axis: 'time', from: 0, to: 3600 })).series;
  expect(all?.steps).toEqual([1, 2, 3]);

  // Only what was asked for last stays open.
  await compared.read([basename(two)]);
  await expect(read(basename(one))).rejects.toMatchObject({ code: 'request-invalid' });
  await rm(two, { recursive: true, force: true });
  expect((await compared.read([basename(two)])).runs.length).toBeLessThanOrEqual(1);
});

test('a run that goes on says so', async () => {
  const { host, runs, spec, ended } = await stubWorkspace();
  const told = new Set<string>();
  const { folder } = await startRun(await spec({ max_steps: 12 }), { host, trusted: true });
  const compared = new ComparedRuns(runs, host, (run) => told.add(run));
  onTestFinished(() => compared.dispose());
  await compared.read([basename(folder)]);
  await ended(folder);
  const end = Date.now() + 20_000;
  while (told.size === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  expect([...told]).toEqual([basename(folder)]);
});
