import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { originOf } from '../../../../src/core/run/origin.ts';
import { readTrace } from '../../../../src/core/trace/lens.ts';
import { type Json, promptText } from '../../../../src/core/trace/trace.ts';
import { startRun } from '../../../../src/services/run/launch.ts';
import { promotedRow, promoteRollout } from '../../../../src/services/run/promote.ts';
import { stubWorkspace } from './stub-workspace.ts';

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code ?? String(error),
  );

async function finishedRun() {
  const workspace = await stubWorkspace();
  const prompt = { system: 'Be brief.', template: 'Q: {prompt} A:' };
  const started = await startRun(await workspace.spec({ prompt }), { host: workspace.host, trusted: true });
  await workspace.ended(started.folder);
  return { ...workspace, run: started };
}

test('a rollout goes to a new file in our own shape, with its origin and without the text of the run spec', async () => {
  const { folder, run } = await finishedRun();
  const to = join(folder, 'picked', 'promoted.jsonl');
  const done = await promoteRollout({ folder: run.folder, rollout: { step: 2, group: 1, index: 0 }, to });
  expect(done).toEqual({ dataset: to, id: `${run.run}-2-1-0`, line: 1 });
  const row = JSON.parse(await readFile(to, 'utf8')) as { [key: string]: Json };
  expect(row).toMatchObject({
    id: `${run.run}-2-1-0`,
    messages: [
      { role: 'user', content: '<image>What is 1 + 1?' },
      { role: 'assistant', content: '<think>step 2</think> \\boxed{2}' },
    ],
    images: ['../pixel.png'],
    ground_truth: '2',
    origin: {
      run: run.run,
      name: 'stub',
      step: 2,
      group: 1,
      index: 0,
      rewards: { answer: 1 },
      reward: 1,
      model: 'org/tiny',
      trace: { id: 't1', index: 1, source: '../dataset.jsonl' },
    },
  });
  // The trace editor shows where it comes from.
  expect(originOf(row)).toEqual(row.origin);
  expect(originOf({ ...row, origin: 'me' })).toBeNull();
  expect(originOf({ ...row, origin: { ...Object(row.origin), run: '/runs/mine' } })).toBeNull();
  expect(
    await code(promoteRollout({ folder: run.folder, rollout: { step: 2, group: 1, index: 0 }, to })),
  ).toBe('request-invalid');
  expect((await readFile(to, 'utf8')).split('\n').length).toBe(2);
});

test('the trace that a rollout became is found wherever it stands by now, and missed when it is gone', async () => {
  const { folder, run } = await finishedRun();
  const to = join(folder, 'promoted.jsonl');
  const rollout = { step: 2, group: 1, index: 0 };
  const at = () => promotedRow({ folder: run.folder, rollout, to });
  expect(await at()).toBeNull();
  await promoteRollout({ folder: run.folder, rollout, to });
  expect(await at()).toBe(0);
  const row = await readFile(to, 'utf8');
  await writeFile(to, `{"a":1}\n\n${row}{"b":2}\n`);
  expect(await at()).toBe(2);
  // A file is read in pieces of a megabyte: before, over and after the end of one.
  for (const filling of [(1 << 20) - 40, (1 << 20) - 3, (1 << 20) + 10]) {
    await writeFile(to, `${'x'.repeat(filling)}\n${row}`);
    expect(await at()).toBe(1);
  }
  await writeFile(to, '{"a":1}\n');
  expect(await at()).toBeNull();
});

test('existing files keep their bytes, their shape and their line ends', async () => {
  const { folder, run } = await finishedRun();
  const published = '{"images":[],"problem":"<image>x","answer":"<think>y</think>\\\\boxed{1}"}';
  const chat = '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"images":[]}';
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['no final newline', published, `${published}\n`, '\n'],
    ['windows line ends', `${published}\r\n`, `${published}\r\n`, '\r\n'],
    ['windows, no final newline', `${published}\r\n${published}`, `${published}\r\n${published}\r\n`, '\r\n'],
    ['a broken line', `${chat}\n{"broken\n`, `${chat}\n{"broken\n`, '\n'],
    ['an empty file', '', '', '\n'],
  ];
  for (const [index, [name, before, kept, end]] of cases.entries()) {
    const to = join(folder, `case-${index}.jsonl`);
    await writeFile(to, before);
    const { line } = await promoteRollout({
      folder: run.folder,
      rollout: { step: 1, group: 0, index: 1 },
      to,
    });
    const after = await readFile(to, 'utf8');
    expect(after.startsWith(kept), name).toBe(true);
    expect(after.endsWith(end), name).toBe(true);
    const added = after.slice(kept.length).trimEnd();
    expect(added.includes('\n'), name).toBe(false);
    expect(after.slice(0, after.indexOf(added)).split('\n').length, name).toBe(line);
    const row = JSON.parse(added) as { [key: string]: Json };
    if (before.includes('problem'))
      expect(row, name).toMatchObject({ problem: '<image>What is 0 + 1?', images: ['pixel.png'] });
    const trace = readTrace(
      row,
      { index: 0, line: 1, hash: '' },
      { shape: before.includes('problem') ? 'cold-start' : 'coldstart' },
    );
    expect(trace.completion?.text, name).toBe('<think>step 1</think> \\boxed{1}');
    expect(promptText(trace), name).toBe('<image>What is 0 + 1?');
  }
});

test('what has no place for a rollout is refused, and nothing is written', async () => {
  const { folder, run } = await finishedRun();
  const refused = async (name: string, content: string, rollout = { step: 1, group: 0, index: 0 }) => {
    const to = join(folder, name);
    await writeFile(to, content);
    const result = await code(promoteRollout({ folder: run.folder, rollout, to }));
    expect(await readFile(to, 'utf8')).toBe(content);
    return result;
  };
  expect(await refused('rl.jsonl', '{"images":["pixel.png"],"problem":"<image>x","answer":"1"}\n')).toBe(
    'request-invalid',
  );
  expect(await refused('array.jsonl', '[{"problem":"x"}]\n')).toBe('request-invalid');
  expect(await refused('text.txt', '')).toBe('request-invalid');
  expect(await refused('fine.jsonl', '', { step: 1, group: 0, index: 9 })).toBe('request-invalid');
  expect(await refused('fine.jsonl', '', { step: 9, group: 0, index: 0 })).toBe('request-invalid');
  await mkdir(join(folder, 'folder.jsonl'));
  expect(
    await code(
      promoteRollout({
        folder: run.folder,
        rollout: { step: 1, group: 0, index: 0 },
        to: join(folder, 'folder.jsonl'),
      }),
    ),
  ).toBe('request-invalid');
});
