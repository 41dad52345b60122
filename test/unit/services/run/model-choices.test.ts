import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Stage } from '../../../../src/core/run/spec.ts';
import { startRun } from '../../../../src/services/run/launch.ts';
import {
  checkpointWords,
  type ModelRun,
  modelChoices,
  modelFolders,
  modelRuns,
} from '../../../../src/services/run/model-choices.ts';
import { resolveModel } from '../../../../src/services/run/resolve-spec.ts';
import { stubWorkspace } from './stub-workspace.ts';

const run = (name: string, stage: Stage, given: string, changes: Partial<ModelRun> = {}): ModelRun => ({
  id: `id-${name}`,
  name,
  stage,
  state: 'completed',
  model: { given, path: given.startsWith('models/') ? `/project/${given}` : given },
  checkpoint: 10,
  reference: `run:${name}`,
  ...changes,
});

const grpo = run('grpo', 'grpo', 'run:sft');
const sft = run('sft', 'sft', 'models/random');
const unsaved = run('young', 'sft', 'org/other', { checkpoint: null, state: 'running' });

/** Stage, runs newest first, and the values that are offered, first the one that Enter takes. */
const offers: readonly (readonly [Stage, readonly ModelRun[], readonly string[]])[] = [
  ['sft', [grpo, sft], ['../models/random', 'used/model', 'run:grpo', 'run:sft']],
  ['grpo', [grpo, sft], ['run:sft', 'run:grpo', '../models/random', 'used/model']],
  ['sft', [], ['../models/random', 'used/model']],
  ['grpo', [], ['../models/random', 'used/model']],
  ['sft', [unsaved, sft], ['org/other', '../models/random', 'used/model', 'run:sft']],
  ['grpo', [unsaved, sft], ['run:sft', 'org/other', '../models/random', 'used/model']],
];

test.each(offers)('%s offers the likeliest model first', (stage, runs, expected) => {
  const known = { runs, folders: ['/project/models/random'], used: ['run:old', 'used/model'] };
  const found = modelChoices(stage, '/project/specs/a.run.json', known);
  expect(found.map(({ value }) => value)).toEqual(expected);
});

test('runs are named so that the resolver finds their checkpoint, and model folders by what they hold', async () => {
  const { folder, runs, host, spec, ended, file } = await stubWorkspace();
  for (const name of ['same', 'same', '2026']) {
    const started = await startRun(await spec({ name }, `${name}.run.json`), { host, trusted: true });
    await ended(started.folder);
  }
  const found = await modelRuns(runs);
  expect(found.map(({ name }) => name).sort()).toEqual(['2026', 'same', 'same']);
  expect(found.map(checkpointWords)[0]).toBe('GRPO · completed · step 3');
  for (const { id, reference } of found)
    expect((await resolveModel(reference, folder, runs)).path).toContain(id);
  expect(new Set(found.map(({ reference }) => reference)).size).toBe(3);

  const config = async (name: string, text: string) => {
    await mkdir(join(folder, name), { recursive: true });
    return file(`${name}/config.json`, text);
  };
  const configs = [
    await config('models', '{"model_type": "llava"}'),
    await config('app', '{"port": 80}'),
    await config('torn', '{"model_type":'),
    join(folder, 'gone/config.json'),
  ];
  expect(await modelFolders(configs)).toEqual([join(folder, 'models')]);
});
