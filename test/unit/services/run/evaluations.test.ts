import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { datasetRoles } from '../../../../src/services/run/dataset-roles.ts';
import { evaluateRun, listEvaluations } from '../../../../src/services/run/evaluations.ts';
import { startRun } from '../../../../src/services/run/launch.ts';
import { RunSource } from '../../../../src/services/run/run-source.ts';
import { stubWorkspace } from './stub-workspace.ts';

const record = (model: string, dataset: string, correct = 1) => ({
  model,
  dataset,
  samples: 1,
  n: 4,
  correct,
  accuracy: correct / 4,
  low: 0,
  high: 1,
  unparsed: 0,
  truncated: 0,
  by: {},
});

test('an evaluation of a run is kept with the run, the step and the set, and told once', async () => {
  const { host, runs, folder, spec, ended } = await stubWorkspace();
  const started = await startRun(await spec({}), { host, trusted: true });
  await ended(started.folder);
  const dataset = join(folder, 'dataset.jsonl');
  expect(await listEvaluations(runs)).toEqual([]);
  const found = await evaluateRun({ host, trusted: true, folder: started.folder, dataset });
  const kept = { run: started.run, name: 'stub', stage: 'grpo', dataset, n: 4, correct: 2, accuracy: 0.5 };
  const [one, ...rest] = await listEvaluations(runs);
  expect(one).toMatchObject(kept);
  expect(rest).toEqual([]);
  expect(one?.step).toBe(Number(/checkpoint-(\d+)$/.exec(found.model)?.[1]));
  const roles = await datasetRoles(runs);
  expect(roles(dataset)).toEqual({ trained: ['stub'], isHeldOut: true });
  expect(roles(join(folder, 'other.jsonl'))).toEqual({ trained: [], isHeldOut: false });
  // The four arms keep theirs under names of their own: the same checkpoint on the same rows counts once.
  const arm = join(folder, '.coldstart', 'evaluations', 'arm.json');
  const earlier = { ...record(found.model, dataset, 3), evaluated: '2020-01-01T00:00:00Z' };
  await writeFile(arm, JSON.stringify(earlier));
  await evaluateRun({ host, trusted: true, folder: started.folder, dataset });
  expect(await listEvaluations(runs)).toMatchObject([kept]);

  const copy = join(folder, 'copy');
  await cp(join(folder, '.coldstart'), join(copy, '.coldstart'), { recursive: true });
  await cp(dataset, join(copy, 'dataset.jsonl'));
  expect(await listEvaluations(join(copy, '.coldstart', 'runs'))).toMatchObject([
    { ...kept, dataset: join(copy, 'dataset.jsonl') },
  ]);
});

test('a model is loaded for its evaluation as it was for its run', async () => {
  const { host, folder, spec, ended, file } = await stubWorkspace();
  const asked = join(folder, 'asked.json');
  const python = await file(
    'python',
    `#!/bin/sh\nif [ "$3" = evaluate ]; then cp "$4" '${asked}'; fi\nexec '${host.settings.interpreters.trl}' "$@"\n`,
  );
  await chmod(python, 0o755);
  const model_init_kwargs = { attn_implementation: 'eager' };
  const started = await startRun(await spec({ trainer_args: { model_init_kwargs } }), {
    host,
    trusted: true,
  });
  await ended(started.folder);
  const listening = { ...host, settings: { ...host.settings, interpreters: { trl: python } } };
  const dataset = join(folder, 'dataset.jsonl');
  await evaluateRun({ host: listening, trusted: true, folder: started.folder, dataset });
  expect(JSON.parse(await readFile(asked, 'utf8'))).toMatchObject({ model_init_kwargs });
});

test('evaluations of models that no run made keep their own name; what is no record is left out', async () => {
  const { runs, folder } = await stubWorkspace();
  const kept = join(folder, '.coldstart', 'evaluations');
  await mkdir(kept, { recursive: true });
  const files = {
    'base.json': JSON.stringify(record('org/tiny', '/d.jsonl')),
    'gone.json': JSON.stringify(
      record('/x/.coldstart/runs/20260101-000000-sft-aaaa/checkpoints/checkpoint-7', '/d.jsonl'),
    ),
    'base.jsonl': '{"index":0}\n',
    'broken.json': '{',
    'other.json': '{"n":1}',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(kept, name), text);
  const found = await listEvaluations(runs);
  expect(
    found.map(({ name, run, step }) => ({ name, run, step })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  ).toEqual([
    { name: 'base', run: null, step: null },
    { name: 'gone', run: null, step: 7 },
  ]);
});

test('a search says which rollouts of a group it found', async () => {
  const { host, spec, ended } = await stubWorkspace();
  const { folder } = await startRun(await spec({}), { host, trusted: true });
  await ended(folder);
  const source = await RunSource.open(folder, { log: host.log, assets: host.assets });
  const read = async (search: string) => {
    const page = await source.groupsRead({ step: 1, order: 'file', search, offset: 0, count: 10 });
    return page.groups.map(({ rewards, found }) => found.map((at) => rewards[at]));
  };
  expect((await read('')).flat()).toEqual([]);
  const low = await read('reward<0.5');
  expect(low.length).toBeGreaterThan(0);
  expect(low.every((found) => found.length > 0 && found.every((reward) => Number(reward) < 0.5))).toBe(true);
  await source.dispose();
});
