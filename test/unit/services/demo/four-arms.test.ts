import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluateArms } from '../../../../src/services/demo/four-arms.ts';
import { stubWorkspace } from '../run/stub-workspace.ts';

test('a record of an arm is kept for the same content and rows alone, and only when it can be read', async () => {
  const { folder, host, file } = await stubWorkspace();
  const dataset = join(folder, 'dataset.jsonl');
  const path = join(folder, '.coldstart', 'evaluations', 'base.json');
  const evaluate = async (rows?: string) => {
    const reports = { run: () => undefined, evaluating: () => undefined, evaluated: () => undefined };
    const asked = { folder, host, reports, dataset, models: [{ arm: 'base', model: 'org/tiny' }], width: 1 };
    const records = await evaluateArms({ ...asked, ...(rows ? { rows } : {}) }, new AbortController().signal);
    return records.get('base');
  };
  const mark = async () => {
    const kept = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...kept, unparsed: 77 }));
  };
  expect(await evaluate()).toMatchObject({ n: 4 });
  await mark();
  expect(await evaluate()).toMatchObject({ n: 4, unparsed: 77 });
  expect(await evaluate('0:2')).toMatchObject({ n: 2, selection: 'rows 0:2' });
  await mark();
  expect(await evaluate('0:2')).toMatchObject({ unparsed: 77 });
  const text = await readFile(dataset, 'utf8');
  await file('dataset.jsonl', text.replace('What is 0', 'What was 0'));
  expect((await evaluate('0:2'))?.unparsed).not.toBe(77);
  await writeFile(path, '{"model":"org/tiny"}');
  expect(await evaluate('0:2')).toMatchObject({ n: 2 });
});
