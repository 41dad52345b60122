import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimWorkspace, type MadeWith } from '../../../../src/services/demo/made-with.ts';

const own: MadeWith = { data: '/d/a.jsonl', sha256: 'aa', model: null, sftSteps: 20, testRows: 10, seed: 0 };
const boards: MadeWith = { seed: 0, scale: 1 };
const marks = ['test.jsonl', join('models', 'random')];

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-demo-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.each<[string, MadeWith, MadeWith, string | null]>([
  ['the same options go on', own, { ...own }, null],
  ['another dataset', own, { ...own, data: '/d/b.jsonl', sha256: 'bb', testRows: 7 }, '--data (/d/a.jsonl'],
  ['an edited dataset', own, { ...own, sha256: 'bb' }, 'the content of /d/a.jsonl'],
  ['another model', own, { ...own, model: 'org/m' }, '--model (not given then, org/m now)'],
  [
    'two options',
    own,
    { ...own, sftSteps: 5, seed: 1 },
    '--sft-steps (20 then, 5 now), --seed (0 then, 1 now)',
  ],
  ['another test set', own, { ...own, testRows: 5 }, '--test-rows (10 then, 5 now)'],
  ['boards of another seed', boards, { ...boards, seed: 3 }, '--seed (0 then, 3 now)'],
  ['boards in a folder of own data', own, boards, '--data (/d/a.jsonl then, not given now)'],
])('a folder is claimed for its options alone: %s', async (_, first, second, told) => {
  const folder = await temporary();
  await claimWorkspace(folder, first, marks);
  const again = claimWorkspace(folder, second, marks);
  if (told === null) return expect(await again).toBeUndefined();
  await expect(again).rejects.toMatchObject({ code: 'file-exists', hint: expect.stringContaining('--dir') });
  await expect(again).rejects.toThrow(told);
});

test.each<[string, (folder: string) => Promise<unknown>]>([
  ['its data', (folder) => writeFile(join(folder, 'test.jsonl'), '')],
  ['its runs', (folder) => mkdir(join(folder, '.coldstart', 'runs'), { recursive: true })],
  [
    'a damaged file',
    (folder) =>
      mkdir(join(folder, '.coldstart')).then(() => writeFile(join(folder, '.coldstart/demo.json'), '{')),
  ],
])('a folder that does not say its options is refused, and nothing is written: %s', async (_, make) => {
  const folder = await temporary();
  await make(folder);
  await expect(claimWorkspace(folder, boards, marks)).rejects.toThrow('does not say with which options');
  expect(await readFile(join(folder, '.coldstart/demo.json'), 'utf8').catch(() => '')).not.toContain('seed');
});
