import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStatus } from '../../../../src/services/run/evidence.ts';
import { resumeRun, startRun, stopRun } from '../../../../src/services/run/launch.ts';
import { homeOf, placeNow } from '../../../../src/services/run/moved-paths.ts';
import { promoteRollout } from '../../../../src/services/run/promote.ts';
import { rolloutsForTrace } from '../../../../src/services/run/rollouts-by-trace.ts';
import { RunSource } from '../../../../src/services/run/run-source.ts';
import { stubWorkspace } from './stub-workspace.ts';

test('a run in a copied or moved workspace points into the workspace it is in', async () => {
  const { host, folder: workspace, spec, ended } = await stubWorkspace();
  await mkdir(join(workspace, 'one'));
  const old = join(workspace, 'one');
  for (const name of ['dataset.jsonl', 'pixel.png']) await cp(join(workspace, name), join(old, name));
  const path = await spec({ max_steps: 500, trainer_args: { stub_step_s: 0.02 } }, 'one/stub.run.json');
  const runs = join(old, '.coldstart/runs');
  const inOld = { ...host, workspace: old, settings: { ...host.settings, runsFolder: runs } };
  const { folder, run } = await startRun(path, { host: inOld, trusted: true });
  const source = await RunSource.open(folder, host);
  while (source.view().step < 4) await source.refresh();
  await source.dispose();
  await stopRun(folder, { save: true });
  await ended(folder);
  const events = await readFile(join(folder, 'events.jsonl'));

  const check = async (place: string) => {
    const there = join(place, '.coldstart/runs', run);
    const moved = await RunSource.open(there, host);
    const view = moved.view();
    expect(view.dataset.path).toBe(join(place, 'dataset.jsonl'));
    expect(moved.record).toMatchObject({ spec_path: join(place, 'stub.run.json') });
    expect((await moved.traceOf(1, 0)).source).toBe(join(place, 'dataset.jsonl'));
    expect((await moved.groupRead(1, 0)).images).toMatchObject([
      { source: join(place, 'pixel.png'), status: 'ready' },
    ]);
    await moved.dispose();
    const links = await rolloutsForTrace(join(place, '.coldstart/runs'), {
      source: join(place, 'dataset.jsonl'),
      id: 't0',
      index: 0,
    });
    expect(links.length).toBeGreaterThan(0);
    const to = join(place, 'promoted.jsonl');
    await promoteRollout({ folder: there, rollout: { step: 1, group: 0, index: 0 }, to });
    const row = JSON.parse(await readFile(to, 'utf8'));
    expect([row.images, row.origin.trace.source]).toEqual([['pixel.png'], 'dataset.jsonl']);
    return there;
  };
  await check(old);
  const copy = join(workspace, 'two');
  await cp(old, copy, { recursive: true });
  await rm(join(copy, 'promoted.jsonl'));
  const copied = await check(copy);

  // A copy goes on in the copy; the run that it was copied from is left alone.
  await resumeRun(copied, { host, trusted: true });
  await stopRun(copied, { save: true });
  await ended(copied);
  expect((await readStatus(copied)).kind).toBe('stopped');
  expect(await readFile(join(folder, 'events.jsonl'))).toEqual(events);
  expect((await readFile(join(copied, 'events.jsonl'))).length).toBeGreaterThan(events.length);

  const away = join(workspace, 'three');
  await rename(old, away);
  await rm(join(away, 'promoted.jsonl'));
  await check(away);
});

test('what is not in the new place stays where it was', async () => {
  const { folder: workspace, file } = await stubWorkspace();
  await mkdir(join(workspace, '.coldstart/runs/r'), { recursive: true });
  await file('.coldstart/runs/r/a.png', '');
  const here = join(workspace, '.coldstart/runs/r');
  const home = homeOf(['python', '-m', 'coldstart_trainer', 'train', '/old/w/.coldstart/runs/r']);
  expect(home).toEqual({ folder: '/old/w/.coldstart/runs/r', workspace: '/old/w' });
  const check = async (written: string, now: string, from = home) =>
    expect([written, await placeNow(from, here)(written)]).toEqual([written, now]);
  await check('/old/w/dataset.jsonl', join(workspace, 'dataset.jsonl'));
  await check('/old/w/.coldstart/runs/r/a.png', join(here, 'a.png'));
  await check('/old/w/gone.jsonl', '/old/w/gone.jsonl');
  await check('/old/dataset.jsonl', '/old/dataset.jsonl');
  await check('/old/wider/dataset.jsonl', '/old/wider/dataset.jsonl');
  await check('org/model', 'org/model');
  await check('/old/w/dataset.jsonl', '/old/w/dataset.jsonl', null);
  const elsewhere = { folder: '/runs/r', workspace: '/old/w' };
  await check('/old/w/dataset.jsonl', '/old/w/dataset.jsonl', elsewhere);
  await check('/runs/r/a.png', join(here, 'a.png'), elsewhere);
  expect(homeOf(['python', 'train.py'])).toBeNull();
  expect(homeOf(['python', 'train', '/runs/r'])).toEqual({ folder: '/runs/r', workspace: null });
});
